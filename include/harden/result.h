// SPDX-License-Identifier: Apache-2.0
//
// How a function says that it could not do its work: a code to branch on, a
// sentence to print, and the place the sentence is about. Errors are values;
// no function of the core throws them and none of it logs them.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace harden {

// Why something could not be had. "Could not read" is never "not there":
// `absent` is said only where the source itself answered that it does not
// exist. The words are the ones shown in JSON and text.
enum class Errc {
  absent,       // the source says that there is no such thing
  denied,       // permission (EACCES, EPERM), now and as this user
  timeout,      // it is there, and did not answer in time
  malformed,    // it answered something that its format does not allow
  too_large,    // it answered more than we are ready to take
  unavailable,  // it is there, and nobody answers (ECONNREFUSED, ENODEV)
  unsupported,  // this kernel, engine or build cannot be asked that
  invalid,      // what the caller asked for makes no sense
  failed,       // everything else the system may say (EIO, ENOMEM)
};

// The word for a code, as used in JSON: "absent", "denied", ...
std::string_view to_string(Errc code);

// The code for a word, or Errc::failed where there is no such word.
Errc errc_from(std::string_view word);

struct Error {
  Errc code = Errc::failed;
  std::string message;  // a sentence without its full stop; never empty
  std::string place;    // a path, a "file:line:column" or a fact; may be empty

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T = void>
using Result = std::expected<T, Error>;

// "place: message", or the message alone where there is no place.
std::string describe(const Error& error);

// The same error, its message led by what was being done: "CONTEXT: message".
Error with_context(Error error, std::string_view context);

inline std::unexpected<Error> fail(Errc code, std::string message, std::string place = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(place)});
}

}  // namespace harden
