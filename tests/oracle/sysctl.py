#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The resolver of sysctl.d against systemd-sysctl and procps themselves.

sysctl.py SYSCTL_ORACLE [TREES [SEED]]

Makes random trees of sysctl.d files. Each is bound over the folders of this
machine in a mount and a network namespace of its own, where the real program
runs; then every key is read back and compared with what the resolver says.
Exits with 77 where it is not root, or a program is missing.
"""
import ctypes
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

SYSTEMD = next((path for path in ("/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl") if os.path.exists(path)), None)
PROCPS = shutil.which("sysctl", path="/usr/sbin:/sbin:/usr/bin:/bin")
COMMANDS = {"systemd-sysctl": [SYSTEMD], "procps": [PROCPS, "-q", "--system"]}

FOLDERS = ["etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d"]
MOUNTS = {"etc": "/etc", "run": "/run", "usr/local/lib": "/usr/local/lib", "usr/lib/sysctl.d": "/usr/lib/sysctl.d"}
INTERFACES = ["all", "default", "lo", "dummy0", "d.1"]  # the last two are made
SETTINGS = ["tag", "medium_id", "arp_ignore"]
# Of the network namespace, and ready to take any of VALUES.
PLAIN = ["tcp_keepalive_time", "tcp_keepalive_probes", "tcp_keepalive_intvl", "tcp_retries2", "ip_default_ttl"]
KEYS = [f"net/ipv4/{name}" for name in PLAIN]
KEYS += [f"net/ipv4/conf/{interface}/{setting}" for interface in INTERFACES for setting in SETTINGS]
VALUES = {"arp_ignore": range(0, 9)}
NAMES = ["10-a.conf", "20-b.conf", "50-c.conf", "60-D.conf", "99-sysctl.conf", "99-zz.conf", "a b.conf", ".hidden.conf",
         "30-[x].conf", "30-x.conf", "50-c.conf.bak", "{10-a,20-b}.conf", "9é.conf"]

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
LIBC = ctypes.CDLL(None, use_errno=True)


# --- trees

def swapped(path):
    return path.translate(str.maketrans("./", "/."))


def glob_of(rng, path):
    """A pattern that matches the key, and perhaps others; or nearly does."""
    parts = path.split("/")
    for at in rng.sample(range(1, len(parts)), rng.choice([1, 1, 1, 2])):
        word = parts[at]
        cut = rng.randrange(len(word) + 1)
        parts[at] = rng.choice(["*", "*", "*", word[:cut] + "*", word[:-1] + "?", f"[{word[0]}x]{word[1:]}", f"[!z]{word[1:]}",
                                "{%s,%s*}" % (word, rng.choice(["lo", "d", "tag"])), "\\" + word + "*"])
    return "/".join(parts)


def spelled(rng, path):
    """A key in one of the ways of writing it."""
    way = rng.random()
    if way < 0.5:
        return swapped(path)
    if way < 0.85:
        return path
    odd = ["/" + path, path.replace("/", "//", 1), path.replace("/", "/./", 1), path + "/", path.replace("ipv4/", "ipv4/../ipv4/", 1),
           path.replace("ipv4/", "*/../ipv4/", 1),
           swapped(path).replace(".", "..", 1), swapped(path).replace("conf.", "conf..", 1), swapped("/" + path), swapped(path)[:-1]]
    return rng.choice(odd)


def value_of(rng, path):
    return str(rng.choice(VALUES.get(path.rsplit("/", 1)[1], range(1, 61))))


def line_of(rng, keys):
    path = rng.choice(keys)
    kind = rng.random()
    space = lambda: rng.choice(["", "", " ", "\t", "  "])
    if kind < 0.50:
        text = spelled(rng, path)
    elif kind < 0.75:
        text = spelled(rng, glob_of(rng, path))
    elif kind < 0.87:
        text = spelled(rng, path if rng.random() < 0.7 else glob_of(rng, path))
        return space() + "-" + rng.choice(["", "", "", " "]) + text + space()
    elif kind < 0.91:
        return rng.choice(["#", ";", "  # "]) + swapped(path) + " = 3"
    elif kind < 0.95:
        return rng.choice(["nonsense", "=", "= 5", "-", "-=3", "", "   ", swapped(path), "x", "net.ipv4=1", "\x0b", "=\x00="])
    else:
        text = rng.choice(["net.ipv4.no_such_key", "net.nothing.at.all", "net.ipv4.conf.eth9.tag", "net/../../etc/x"])
    dash = rng.choice(["", "", "", "", "", "-", "- ", "--"])
    tail = rng.choice(["", "", "", "", " ", "\t", "\r", "\r", rng.choice(["", "", "\x0c"])])
    return space() + dash + text + space() + "=" + space() + value_of(rng, path) + tail


def content_of(rng):
    keys = rng.sample(KEYS, rng.randint(1, 4))  # few, so that lines meet
    lines = [line_of(rng, keys) for _ in range(rng.randint(1, 8))]
    end = rng.choice(["\n"] * 12 + ["\r\n", "\n\n", "\r", "\0", "\n\0", "\n\r"])
    return end.join(lines) + rng.choice(["", "\n", "\n", "\n"])


def put_file(rng, path, contents):
    kind = rng.random()
    if kind < 0.07:
        path.symlink_to("/dev/null")
    elif kind < 0.11:
        path.write_text("")
    elif kind < 0.13:
        path.symlink_to("nowhere")
    elif kind < 0.15:
        path.mkdir()
    else:
        path.write_bytes(contents().encode())


def make_tree(rng, root):
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True)
    pool = [content_of(rng) for _ in range(3)]
    contents = lambda: rng.choice(pool) if rng.random() < 0.3 else content_of(rng)
    for _ in range(rng.randint(1, 7)):
        path = root / rng.choice(FOLDERS) / rng.choice(NAMES)
        if not os.path.lexists(path):
            put_file(rng, path, contents)
    if rng.random() < 0.6:
        put_file(rng, root / "etc/sysctl.conf", contents)
    link = root / "etc/sysctl.d/99-sysctl.conf"
    if rng.random() < 0.4 and not os.path.lexists(link):
        link.symlink_to(rng.choice(["../sysctl.conf", "/etc/sysctl.conf"]))


# --- the real programs

def must(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


def mount(source, target, flags):
    must(LIBC.mount(os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None), f"mount {target}")


def quiet(*words):
    subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def read_keys():
    return "".join(f"{key} {pathlib.Path('/proc/sys', key).read_text().strip()}\n" for key in KEYS)


def set_up_network(ip):
    """Two interfaces and lo, all with an address: until it has one, an
    interface follows what is written to `default`."""
    quiet(ip, "link", "add", "dummy0", "type", "veth", "peer", "name", "d.1")
    quiet(ip, "address", "add", "10.9.9.1/24", "dev", "dummy0")
    quiet(ip, "address", "add", "10.9.8.1/24", "dev", "d.1")
    quiet(ip, "link", "set", "lo", "up")


def apply_in_namespace(root, command, ip, out):
    must(LIBC.unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare")
    mount("none", "/", MS_REC | MS_PRIVATE)
    set_up_network(ip)
    before = read_keys() if root is None else ""
    if root is not None:
        for folder, target in MOUNTS.items():
            mount(root / folder, target, MS_BIND)
        quiet(*command)
    os.write(out, (before or read_keys()).encode())


def keys_after(root, command, ip):
    """Every key's value once the program has run on that tree (None: as a new
    namespace has them)."""
    source, out = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            apply_in_namespace(root, command, ip, out)
            status = 0
        except OSError as error:
            print(error, file=sys.stderr)
        finally:
            os._exit(status)
    os.close(out)
    with os.fdopen(source) as stream:
        text = stream.read()
    if os.waitpid(child, 0)[1] != 0:
        return None
    return dict(line.split(" ", 1) for line in text.splitlines())


# --- comparing

def predictions(oracle, roots):
    asked = "".join(f"{root}\n" for root in roots).encode()
    run = subprocess.run([oracle, *KEYS], input=asked, stdout=subprocess.PIPE, check=True)
    for block in run.stdout.decode().split("\n\n")[: len(roots)]:
        said = {}
        for line in block.split("\n"):
            applier, key, *value = line.split(" ", 2)
            said[applier, key] = value[0] if value else None
        yield said


def show(root):
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_symlink():
            print(f"    {name} -> {os.readlink(path)}")
        elif path.is_file():
            print(f"    {name}: {path.read_bytes()!r}")


def compare(root, said, fresh, ip):
    """Yields (whether it differs, a sentence) for every key and applier.

    The kernel refuses what is no number, and the one who wrote it leaves what
    an earlier line wrote. The resolver cannot tell; that is not compared."""
    for applier, command in COMMANDS.items():
        real = keys_after(root, command, ip)
        for key in KEYS:
            wanted = said[applier, key]
            if wanted is None or wanted.isdigit():
                yield real[key] != (wanted or fresh[key]), f"{applier}: {key} is {real[key]}, the resolver says {wanted}"


def main():
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    ip = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if os.geteuid() != 0 or not SYSTEMD or not PROCPS or not ip:
        print("skipped: needs root, systemd-sysctl, sysctl and ip")
        sys.exit(77)
    fresh = keys_after(None, [], ip)
    if fresh is None:
        print("skipped: no namespaces, or not the keys")
        sys.exit(77)
    rng = random.Random(seed)
    print(f"seed {seed}", flush=True)
    compared = different = 0
    with tempfile.TemporaryDirectory() as folder:
        roots = [pathlib.Path(folder, str(number)) for number in range(count)]
        for root in roots:
            make_tree(rng, root)
        for root, said in zip(roots, predictions(sys.argv[1], roots), strict=True):
            wrong = []
            for differs, sentence in compare(root, said, fresh, ip):
                compared += 1
                wrong += [sentence] if differs else []
            different += len(wrong)
            if wrong:
                print(f"  tree {root.name}:", *wrong, sep="\n    ")
                show(root)
    print(f"{count} trees, {compared} keys compared, {different} disagreements")
    sys.exit(1 if different or not compared else 0)


if __name__ == "__main__":
    main()
