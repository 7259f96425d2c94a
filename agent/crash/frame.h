// SPDX-License-Identifier: Apache-2.0
//
// Where in the kernel's code: lines of a call trace, and the lines that say
// where the instruction pointer stood, as every architecture prints them
// (lib/dump_stack.c, arch/*/kernel/{dumpstack,traps,process}.c).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harden/crash.h"

namespace harden::crash {

// Without what compilers append (".isra.0", ".cold", ".llvm.123") and PowerPC's
// leading dot; a Rust symbol as its path.
std::string bare_name(std::string_view symbol);

// "func+0x60/0xf0 [module] net/ipv6/ip6mr.c:1618" at the beginning of the text.
std::optional<CodePlace> read_place(std::string_view text);

// A line of a call trace, message only. Nothing for lines of other kinds,
// even where they name a function.
std::optional<Frame> read_frame(std::string_view text);

// "RIP: 0010:func+…", "IP: [<…>] func+…", "PC is at func+…", "pc : func+…",
// "EIP: …", "NIP [c00…] func+…", "epc : …", "Krnl PSW : … (func+…)".
std::optional<CodePlace> read_instruction_pointer(std::string_view text);

// Such a line, also where it names no function: a program's, or an address alone.
bool says_instruction_pointer(std::string_view text);

// "Call Trace:", "Call trace:", "Backtrace:", "stack backtrace:", ARC's "Stack Trace:", "1:mon> t" of PowerPC's
// debugger.
bool begins_trace(std::string_view text);

}  // namespace harden::crash
