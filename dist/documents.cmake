# SPDX-License-Identifier: Apache-2.0
# Writes a source file that holds the text of documents:
#
#   cmake -D OUT=documents.cpp -D FILES=a.json,b.json -P documents.cmake
string(REPLACE "," ";" FILES "${FILES}")
set(rows "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(APPEND rows "    {\"${name}\", R\"document(${text})document\"},\n")
endforeach()
file(WRITE ${OUT} "// Made by dist/documents.cmake of the files it names.
#include \"agent/daemon/documents.h\"

#include <utility>

namespace harden::daemon {
namespace {

constexpr std::pair<std::string_view, std::string_view> kDocuments[] = {
${rows}};

}  // namespace

std::string_view document(std::string_view name) {
  for (const auto& [known, text] : kDocuments) {
    if (known == name) return text;
  }
  return {};
}

}  // namespace harden::daemon
")
