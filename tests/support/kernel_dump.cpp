// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kernel_dump.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace harden::test {
namespace {

// Where x86-64 kernels lie without randomisation, virtually and physically.
constexpr std::uint64_t kBase = 0xffffffff81000000;
constexpr std::uint64_t kPhysical = 0x1000000;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kTables = 3 * kPage;
constexpr std::uint64_t kPresent = 0x63;
constexpr std::uint64_t kLargePage = 0xe3;

std::string hex(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  return text;
}

template <typename T>
std::string raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string padded(std::string text, std::size_t to) {
  text.resize((text.size() + to - 1) / to * to);
  return text;
}

}  // namespace

KernelDump::KernelDump(bool big_endian, std::size_t pointer, const std::string& release)
    : big_(big_endian), pointer_(pointer) {
  memory_.resize(kTables);  // page tables: the kernel's 2 GiB, in 2 MiB pages
  poke(kBase + 511UL * 8, (kPhysical + kPage) | kPresent, 8);
  poke(kBase + kPage + 510UL * 8, (kPhysical + 2 * kPage) | kPresent, 8);
  for (std::uint64_t i = 0; i < 512; ++i) poke(kBase + 2 * kPage + i * 8, i << 21 | kLargePage, 8);
  info_ = "OSRELEASE=" + release +
          "\nPAGESIZE=4096\nCRASHTIME=1700000000\nNUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n"
          "KERNELOFFSET=0\n";
  symbol("swapper_pg_dir", kBase);
  symbol("init_top_pgt", kBase);
  symbol("_stext", kBase);
  std::string uts = std::string(4, '\0');
  for (std::string one : {"Linux", "host", release.c_str(), "#1 SMP", "x86_64", "(none)"}) {
    one.resize(65);
    uts += one;
  }
  symbol("init_uts_ns", put(uts));
  // What makedumpfile asks of every kernel before it does anything: flat memory.
  symbol("mem_map", put(word(kBase)));
  info_ +=
      "SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\nOFFSET(page.lru)=8\n";
}

std::string KernelDump::bytes_of(std::uint64_t value, std::size_t size) const {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[big_ ? size - 1 - i : i] = static_cast<char>(value >> (8 * i));
  return bytes;
}

void KernelDump::symbol(const std::string& name, std::uint64_t address) {
  places_[name] = address;
  info_ += "SYMBOL(" + name + ")=" + hex(address) + "\n";
}

std::uint64_t KernelDump::put(std::string_view bytes, std::size_t align) {
  memory_.resize((memory_.size() + align - 1) / align * align);
  const std::uint64_t address = kBase + memory_.size();
  memory_ += bytes;
  return address;
}

void KernelDump::poke(std::uint64_t address, std::uint64_t value, std::size_t size) {
  memory_.replace(static_cast<std::size_t>(address - kBase), size, bytes_of(value, size));
}

Result<> KernelDump::read(std::uint64_t address, std::span<char> buffer) const {
  if (pointer_ == 4) address |= kBase & ~std::uint64_t{0xffffffff};  // the half that a pointer has no room for
  if (address < kBase || address - kBase > memory_.size() || buffer.size() > memory_.size() - (address - kBase)) {
    return fail(Errc::malformed, "not in it", "0x" + hex(address));
  }
  std::ranges::copy(memory_.substr(static_cast<std::size_t>(address - kBase), buffer.size()), buffer.begin());
  return {};
}

// Every descriptor that the records did not reach is reusable, as after boot.
void KernelDump::ring(const std::vector<LogRecord>& records, unsigned size_bits, unsigned count_bits) {
  const std::uint64_t count = 1U << count_bits;
  const std::uint64_t size = 1U << size_bits;
  const std::size_t flags_at = 8 * pointer_ - 2;
  const std::uint64_t mask = ~std::uint64_t{0} >> (66 - 8 * pointer_);
  std::string text(size, '\xee');
  std::string descs;
  std::string infos(count * 32, '\0');
  for (std::uint64_t i = 0; i < count; ++i) descs += word(std::uint64_t{3} << flags_at | i) + word(1) + word(1);
  std::uint64_t id = (mask - count + 1) & mask;  // ids run over early, as the kernel has it
  std::uint64_t at = mask - size + 1;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks;  // id, where its text begins
  for (const LogRecord& record : records) {
    const std::uint64_t length = (pointer_ + record.text.size() + pointer_ - 1) / pointer_ * pointer_;
    std::uint64_t begin = at;
    if (!record.text.empty()) {
      if (begin % size + length > size) at = (at / size + 1) * size;  // the block lies at the start, whole
      text.replace(at % size, length, padded(word(id) + record.text, pointer_));
      at += length;
    }
    const std::uint64_t next = record.text.empty() ? 3 : at;
    const std::string desc =
        word(std::uint64_t{2} << flags_at | id) + word(record.text.empty() ? 3 : begin) + word(next);
    descs.replace(id % count * desc.size(), desc.size(), desc);
    const std::string info = bytes_of(id, 8) + bytes_of(record.nanoseconds, 8) + bytes_of(record.text.size(), 2) +
                             std::string(2, '\0') + bytes_of(record.caller, 4) + std::string(8, '\0');
    infos.replace(id % count * 32, 32, info);
    blocks.emplace_back(id, begin);
    id = (id + 1) & mask;
  }
  std::uint64_t tail = blocks.empty() ? id : blocks.front().first;
  for (const auto& [one, begin] : blocks) {
    if (((id - one) & mask) <= count && at - begin <= size) break;
    const std::string void_now = word(std::uint64_t{3} << flags_at | one) + word(begin) + word(begin);
    if (((id - one) & mask) <= count) descs.replace(one % count * void_now.size(), void_now.size(), void_now);
    tail = (one + 1) & mask;
  }
  const std::uint64_t head = (id - 1) & mask;
  places_["descs"] = put(descs);
  places_["infos"] = put(infos);
  places_["text"] = put(text);
  // struct printk_ringbuffer: count_bits and padding, four words; size_bits and padding, one word.
  const std::size_t pad = pointer_ - 4;
  places_["ring"] =
      put(bytes_of(count_bits, 4) + std::string(pad, '\0') + word(places_["descs"]) + word(places_["infos"]) +
          word(head) + word(tail) + bytes_of(size_bits, 4) + std::string(pad, '\0') + word(places_["text"]));
  symbol("prb", put(word(places_["ring"])));
  const auto line = [&](const std::string& name, std::size_t value) {
    info_ += name + "=" + std::to_string(value) + "\n";
  };
  line("SIZE(printk_ringbuffer)", 7 * pointer_);
  line("OFFSET(printk_ringbuffer.desc_ring)", 0);
  line("OFFSET(printk_ringbuffer.text_data_ring)", 5 * pointer_);
  line("OFFSET(printk_ringbuffer.fail)", 7 * pointer_);
  line("SIZE(prb_desc_ring)", 5 * pointer_);
  line("OFFSET(prb_desc_ring.count_bits)", 0);
  line("OFFSET(prb_desc_ring.descs)", pointer_);
  line("OFFSET(prb_desc_ring.infos)", 2 * pointer_);
  line("OFFSET(prb_desc_ring.head_id)", 3 * pointer_);
  line("OFFSET(prb_desc_ring.tail_id)", 4 * pointer_);
  line("SIZE(prb_desc)", 3 * pointer_);
  line("OFFSET(prb_desc.state_var)", 0);
  line("OFFSET(prb_desc.text_blk_lpos)", pointer_);
  line("SIZE(prb_data_blk_lpos)", 2 * pointer_);
  line("OFFSET(prb_data_blk_lpos.begin)", 0);
  line("OFFSET(prb_data_blk_lpos.next)", pointer_);
  line("SIZE(printk_info)", 32);
  line("OFFSET(printk_info.seq)", 0);
  line("OFFSET(printk_info.ts_nsec)", 8);
  line("OFFSET(printk_info.text_len)", 16);
  line("OFFSET(printk_info.caller_id)", 20);
  line("OFFSET(printk_info.dev_info)", 24);
  line("SIZE(prb_data_ring)", 2 * pointer_);
  line("OFFSET(prb_data_ring.size_bits)", 0);
  line("OFFSET(prb_data_ring.data)", pointer_);
  line("SIZE(atomic_long_t)", pointer_);
  line("OFFSET(atomic_long_t.counter)", 0);
}

// struct printk_log: time, length, length of the text, of the dictionary, facility, flags.
void KernelDump::records(const std::vector<LogRecord>& records, std::uint32_t size, const std::string& name) {
  std::string buffer(size, '\0');
  std::vector<std::pair<std::size_t, std::size_t>> kept;  // where, how long
  std::size_t at = 0;
  std::size_t first = 0;
  for (const LogRecord& record : records) {
    const std::string bytes =
        padded(bytes_of(record.nanoseconds, 8) + bytes_of((16 + record.text.size() + 3) / 4 * 4, 2) +
                   bytes_of(record.text.size(), 2) + std::string(4, '\0') + record.text,
               4);
    if (at + bytes.size() + 16 > size) {  // an empty header ends the buffer
      std::erase_if(kept, [&](const auto& one) { return one.first >= at; });
      buffer.replace(at, 16, std::string(16, '\0'));
      at = 0;
    }
    std::erase_if(kept,
                  [&](const auto& one) { return one.first < at + bytes.size() + 16 && one.first + one.second > at; });
    buffer.replace(at, bytes.size(), bytes);
    kept.emplace_back(at, bytes.size());
    at += bytes.size();
    first = kept.front().first;
  }
  places_["log_buffer"] = put(buffer);
  symbol("log_buf", put(word(places_["log_buffer"])));
  symbol("log_buf_len", put(bytes_of(size, 4)));
  symbol("log_first_idx", put(bytes_of(first, 4)));
  symbol("log_next_idx", put(bytes_of(at, 4)));
  info_ += "SIZE(" + name + ")=16\nOFFSET(" + name + ".ts_nsec)=0\nOFFSET(" + name + ".len)=8\nOFFSET(" + name +
           ".text_len)=10\nOFFSET(" + name + ".dict_len)=12\n";
}

void KernelDump::plain(std::string_view text, std::uint32_t size) {
  std::string buffer(size, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) buffer[i % size] = text[i];
  symbol("log_buf", put(word(put(buffer))));
  symbol("log_buf_len", put(bytes_of(size, 4)));
  symbol("log_end", put(bytes_of(text.size(), 4)));
}

std::string KernelDump::info() const { return info_; }

void KernelDump::without(const std::string& line_start) {
  for (auto at = info_.find(line_start); at != std::string::npos; at = info_.find(line_start)) {
    info_.erase(at, info_.find('\n', at) - at + 1);
  }
}

std::string KernelDump::elf() const {
  Elf64_Nhdr note_header{11, static_cast<Elf64_Word>(info_.size()), 0};
  const std::string note = raw(note_header) + padded(std::string("VMCOREINFO\0", 11), 4) + padded(info_, 4);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_CORE;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  const std::size_t notes_at = sizeof header + 2 * sizeof(Elf64_Phdr);
  const std::size_t load_at = (notes_at + note.size() + kPage - 1) / kPage * kPage;
  const std::string memory = padded(memory_, kPage);
  const Elf64_Phdr notes{PT_NOTE, 0, notes_at, 0, 0, note.size(), note.size(), 0};
  const Elf64_Phdr load{PT_LOAD, PF_R | PF_W | PF_X, load_at, kBase, kPhysical, memory.size(), memory.size(), kPage};
  return padded(raw(header) + raw(notes) + raw(load) + note, kPage) + memory;
}

std::string KernelDump::image() const {
  const char flags = static_cast<char>((big_ ? 1 : 0) | (pointer_ == 4 ? 2 : 0));
  const auto length = static_cast<std::uint16_t>(info_.size());
  return flags + raw(length) + info_ + memory_.substr(kTables);
}

KernelImage::KernelImage(std::string_view bytes) {
  if (bytes.size() < 3) return;
  flags_ = static_cast<unsigned char>(bytes[0]);
  std::uint16_t length = 0;
  std::memcpy(&length, bytes.data() + 1, sizeof length);
  info_ = bytes.substr(3, length);
  memory_ = bytes.substr(3 + info_.size());
}

Result<> KernelImage::read(std::uint64_t address, std::span<char> buffer) const {
  if (pointer_size() == 4) address |= kBase & ~std::uint64_t{0xffffffff};
  const std::uint64_t at = address - (kBase + kTables);
  if (at > memory_.size() || buffer.size() > memory_.size() - at) return fail(Errc::malformed, "not in it", "memory");
  std::ranges::copy(memory_.substr(static_cast<std::size_t>(at), buffer.size()), buffer.begin());
  return {};
}

}  // namespace harden::test
