// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/docker_json.h"

#include <boost/json/parse.hpp>
#include <exception>

namespace harden::docker {
namespace {

namespace json = boost::json;

const json::object kNoFields;

std::string_view word_for(json::kind kind) {
  switch (kind) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "true or false";
    case json::kind::int64: return "a whole number";
    case json::kind::uint64: return "too large a number";
    case json::kind::double_: return "a number with a fraction";
    case json::kind::string: return "a string";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
  }
  return "something else";
}

void note_first(std::optional<std::string>& wrong, std::string complaint) {
  if (!wrong) wrong = std::move(complaint);
}

std::vector<Fields> objects_of(const json::array& list, std::optional<std::string>& wrong) {
  std::vector<Fields> objects;
  for (const json::value& element : list) {
    if (element.is_object()) {
      objects.emplace_back(element.get_object(), wrong);
    } else {
      note_first(wrong, "an element of a list is " + std::string(word_for(element.kind())) + ", not an object");
    }
  }
  return objects;
}

std::string to_string(const json::string& text) { return {text.data(), text.size()}; }

}  // namespace

Result<json::value> parse_json(std::string_view text, const std::string& place) {
  json::parse_options options;
  options.max_depth = 32;
  try {
    boost::system::error_code error;
    json::value document = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error) return fail(Errc::malformed, "not JSON: " + error.message(), place);
    return document;
  } catch (const std::exception& error) {
    return fail(Errc::failed, std::string("cannot read the JSON: ") + error.what(), place);
  }
}

void Fields::note(std::string_view key, std::string_view what) const {
  note_first(*wrong_, "field '" + std::string(key) + "' " + std::string(what));
}

const json::value* Fields::find(std::string_view key, json::kind wanted) const {
  const json::value* value = object_->if_contains(json::string_view(key.data(), key.size()));
  if (value == nullptr || value->is_null()) return nullptr;
  if (value->kind() == wanted) return value;
  note(key, "is " + std::string(word_for(value->kind())) + ", not " + std::string(word_for(wanted)));
  return nullptr;
}

std::string Fields::text(std::string_view key) const {
  const json::value* value = find(key, json::kind::string);
  return value == nullptr ? std::string() : to_string(value->get_string());
}

std::string Fields::required_text(std::string_view key) const {
  std::string value = text(key);
  if (value.empty()) note(key, "is missing");
  return value;
}

std::optional<bool> Fields::maybe_flag(std::string_view key) const {
  const json::value* value = find(key, json::kind::bool_);
  if (value == nullptr) return std::nullopt;
  return value->get_bool();
}

std::int64_t Fields::integer(std::string_view key) const {
  const json::value* value = find(key, json::kind::int64);
  return value == nullptr ? 0 : value->get_int64();
}

std::vector<std::string> Fields::texts(std::string_view key) const {
  std::vector<std::string> texts;
  const json::value* value = find(key, json::kind::array);
  if (value == nullptr) return texts;
  for (const json::value& element : value->get_array()) {
    if (element.is_string()) {
      texts.push_back(to_string(element.get_string()));
    } else {
      note(key, "holds " + std::string(word_for(element.kind())) + " among its strings");
    }
  }
  return texts;
}

Fields Fields::object(std::string_view key) const {
  const json::value* value = find(key, json::kind::object);
  return {value == nullptr ? kNoFields : value->get_object(), *wrong_};
}

std::vector<Fields> Fields::objects(std::string_view key) const {
  const json::value* value = find(key, json::kind::array);
  return value == nullptr ? std::vector<Fields>() : objects_of(value->get_array(), *wrong_);
}

std::vector<std::string> Fields::keys() const {
  std::vector<std::string> keys;
  for (const json::key_value_pair& entry : *object_) keys.emplace_back(entry.key().data(), entry.key().size());
  return keys;
}

std::vector<Fields> rows(const json::value& document, std::optional<std::string>& wrong) {
  if (document.is_array()) return objects_of(document.get_array(), wrong);
  note_first(wrong, "the answer is " + std::string(word_for(document.kind())) + ", not a list");
  return {};
}

Fields fields(const json::value& document, std::optional<std::string>& wrong) {
  if (document.is_object()) return {document.get_object(), wrong};
  note_first(wrong, "the answer is " + std::string(word_for(document.kind())) + ", not an object");
  return {kNoFields, wrong};
}

}  // namespace harden::docker
