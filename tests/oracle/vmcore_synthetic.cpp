// SPDX-License-Identifier: Apache-2.0
//
// vmcore_synthetic FOLDER: writes ELF cores of made-up kernels, a log of every
// shape in them, for vmcore.py to have read by makedumpfile.
// vmcore_synthetic --seeds FOLDER: writes small ones as printk_fuzz takes them.
// vmcore_synthetic --dumps FOLDER: writes small dumps of each format, for vmcore_fuzz.
// vmcore_synthetic --log TEXT FILE: writes a kdump-compressed one whose log is the lines of TEXT.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "agent/crash/unpack_page.h"
#include "tests/support/kernel_dump.h"

namespace {

using harden::test::KernelDump;
using harden::test::LogRecord;

// Printable text, and now and then a byte of any value and a further line.
std::vector<LogRecord> some_records(std::mt19937& random, std::size_t count) {
  std::vector<LogRecord> records;
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(random() % 8 == 0 ? random() % 300 : random() % 60, 'x');
    for (char& c : text) c = static_cast<char>(random() % 10 == 0 ? random() % 256 : 'a' + random() % 26);
    if (random() % 20 == 0) text.clear();
    records.push_back({time += random() % 2'000'000'000'000, text, static_cast<std::uint32_t>(random())});
  }
  return records;
}

void write(const std::filesystem::path& path, const KernelDump& dump) {
  std::ofstream(path, std::ios::binary) << dump.elf();
}

void write_seeds(const std::filesystem::path& folder) {
  std::mt19937 random(1);
  for (int flags = 0; flags < 4; ++flags) {
    const auto records = some_records(random, 12);
    const std::string name = std::to_string(flags);
    KernelDump ring(flags % 2 == 1, flags < 2 ? 8 : 4);
    ring.ring(records, 8, 3);
    std::ofstream(folder / ("ring-" + name), std::ios::binary) << ring.image();
    KernelDump buffer(flags % 2 == 1, flags < 2 ? 8 : 4);
    buffer.records(records, 256);
    std::ofstream(folder / ("records-" + name), std::ios::binary) << buffer.image();
    KernelDump plain(flags % 2 == 1, flags < 2 ? 8 : 4);
    plain.plain("<6>plain text that has wrapped", 16);
    std::ofstream(folder / ("plain-" + name), std::ios::binary) << plain.image();
  }
}

void write_dumps(const std::filesystem::path& folder) {
  std::mt19937 random(1);
  KernelDump ring;
  ring.ring(some_records(random, 12), 8, 3);
  KernelDump buffer;
  buffer.records(some_records(random, 12), 256);
  for (const auto& [name, dump] : {std::pair{"ring", &ring}, std::pair{"records", &buffer}}) {
    std::ofstream(folder / (std::string(name) + "-elf"), std::ios::binary) << dump->elf();
    for (const std::uint32_t packing :
         {0U, harden::kPageZlib, harden::kPageLzo, harden::kPageSnappy, harden::kPageZstd}) {
      std::ofstream(folder / (std::string(name) + "-" + std::to_string(packing)), std::ios::binary)
          << dump->kdump(packing);
    }
  }
}

void write_log(const char* text, const char* file) {
  std::ifstream lines(text);
  std::vector<LogRecord> records;
  std::uint64_t time = 0;
  for (std::string line; std::getline(lines, line);) records.push_back({time += 1'000'000, line, 0});
  KernelDump dump;
  dump.ring(records, 16, 10);
  std::ofstream(file, std::ios::binary) << dump.kdump(harden::kPageLzo);
}

void write_cores(const std::filesystem::path& folder) {
  std::mt19937 random(1);
  for (const std::size_t count : {1U, 3U, 20U, 60U, 64U, 65U, 70U, 200U, 1000U}) {
    const auto records = some_records(random, count);
    for (const unsigned bits : {10U, 12U, 16U}) {
      KernelDump dump;
      dump.ring(records, bits, 6);
      write(folder / ("ring-" + std::to_string(count) + "-" + std::to_string(bits)), dump);
    }
    for (const std::uint32_t size : {1024U, 4096U, 65536U}) {
      KernelDump dump;
      dump.records(records, size);
      write(folder / ("records-" + std::to_string(count) + "-" + std::to_string(size)), dump);
    }
    KernelDump dump(false, 8, "2.6.32-test");
    std::string text;
    for (const LogRecord& record : records) text += "<6>" + record.text + "\n";
    dump.plain(text, 4096);
    write(folder / ("plain-" + std::to_string(count)), dump);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--seeds") {
    write_seeds(argv[2]);
  } else if (argc == 3 && std::string(argv[1]) == "--dumps") {
    write_dumps(argv[2]);
  } else if (argc == 4 && std::string(argv[1]) == "--log") {
    write_log(argv[2], argv[3]);
  } else {
    write_cores(argv[1]);
  }
  return 0;
}
