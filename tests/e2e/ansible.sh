#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Ansible collection against this tree's hardenctl: documentation, what
# ansible-lint and ansible-test say of it, findings as data, check and diff mode, waivers that are added once, and an answer of
# another version. Nothing on this host is changed: what would be is only shown.
#
#   ansible.sh HARDENCTL SOURCE
#
# Exit status 77: no Ansible.
source "$2/tests/support/e2e.sh"

for tool in ansible ansible-doc ansible-playbook; do
  if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
done
hardenctl=$(realpath "$hardenctl")
mkdir -p "$work/collections/ansible_collections/hardend"
cp -r dist/ansible "$work/collections/ansible_collections/hardend/agent"
export ANSIBLE_COLLECTIONS_PATH=$work/collections ANSIBLE_LOCAL_TEMP=$work/local ANSIBLE_NOCOLOR=1
export ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 HOME=$work

# module PATTERN STATUS NAME ARGUMENTS [OPTION...]: what it answers.
module() {
  local pattern=$1 status=$2 name=$3 arguments=$4 got=0
  shift 4
  ansible -i localhost, localhost -c local -m "hardend.agent.$name" "$@" \
    -a "hardenctl=$hardenctl policy_dirs=$PWD/policies $arguments" >"$work/out" 2>&1 || got=$?
  if { [ "$got" -eq 0 ] && [ "$status" = good ]; } || { [ "$got" -ne 0 ] && [ "$status" = bad ]; }; then
    grep -Eq -- "$pattern" "$work/out" && return
  fi
  fault "$name $arguments: exit status $got, wanted $status and: $pattern"
  head -n 30 "$work/out"
}

# All of `ansible-test sanity`. Some of its tests have an environment each, which it
# would fill from the network: they get empty ones that see Debian's packages.
sanity() {
  local words=(--color no --python "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')") needs environment
  for needs in pylint:pylint validate-modules:voluptuous runtime-metadata:voluptuous yamllint:yamllint pep8:pycodestyle; do
    /usr/bin/python3 -c "import ${needs#*:}" 2>/dev/null && continue
    echo "not run: ${needs%:*} of ansible-test, for want of ${needs#*:}" >&3
    words+=(--skip-test "${needs%:*}")
  done
  until ansible-test sanity "${words[@]}" --prime-venvs >"$work/primed" 2>&1; do
    environment=$(sed -n 's#^FATAL: .* at "\(.*\)/bin/python" does not have pip available.*#\1#p' "$work/primed")
    [ -n "$environment" ] && [ ! -e "$environment/marker.txt" ] || { cat "$work/primed"; return 1; }
    rm -rf "$environment"
    /usr/bin/python3 -m venv --without-pip --system-site-packages "$environment"
    echo null >"$environment/meta.yaml.json"
    touch "$environment/marker.txt"
  done
  ansible-test sanity "${words[@]}"
}

ansible-doc -t role hardend.agent.hardend >"$work/out" 2>&1 || fault "ansible-doc cannot read the role"
for page in check facts_info plan apply waiver crash_info; do
  ansible-doc -t module "hardend.agent.$page" >"$work/out" 2>&1 || fault "ansible-doc cannot read $page"
done
ansible-playbook --syntax-check -i localhost, dist/ansible/playbooks/rollout.yml >"$work/out" 2>&1 ||
  fault "the rollout playbook: $(tail -n 5 "$work/out")"

(
  cd "$work/collections/ansible_collections/hardend/agent"
  if command -v ansible-lint >/dev/null; then
    ansible-lint --offline --nocolor -q playbooks/*.yml roles/hardend plugins >"$work/out" 2>&1 ||
      { echo "ansible-lint:"; cat "$work/out"; exit 1; }
  else
    echo "not run: ansible-lint"
  fi
  sanity >"$work/out" 2>&1 || { echo "ansible-test sanity:"; grep -v '^WARNING' "$work/out" | tail -n 20; exit 1; }
) 3>&1 || fault "the collection is not clean"

module '"exposed": 5' good check "root=$PWD/tests/hosts/centos-7.5-docker"
module 'exposed to .*ip6mr-sk-done' bad check "root=$PWD/tests/hosts/centos-7.5-docker fail_on=high"
module '"not_affected": 13' good check "root=$PWD/tests/hosts/debian-12 fail_on=high"
module 'there is no policy' bad check "policies=no-such-policy"
module '"value": "3.10.0-862' good facts_info "root=$PWD/tests/hosts/centos-7.5-docker names=kernel.release"
module '"would_change": ' good plan "policies=crash-capture-ready"
module '"transaction": null' good apply "policies=crash-capture-ready accept_impact=true" --check --diff
module 'install hardend first' bad check "hardenctl=/no/such/program"

# A hardenctl that speaks another schema.
printf '#!/bin/sh\necho "{\\"schema\\": 99}"\n' >"$work/newer"
chmod +x "$work/newer"
hardenctl=$work/newer module 'speaks schema 99' bad check ""
finish
