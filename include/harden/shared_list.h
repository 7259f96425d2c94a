// SPDX-License-Identifier: Apache-2.0
//
// A list whose elements never change and are shared by every copy of it: a
// copy costs a pointer for each. It reads as a vector of T does.
#pragma once

#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace harden {

template <typename T>
class SharedList {
 public:
  using Shared = std::shared_ptr<const T>;  // never null

  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    explicit Iterator(const Shared* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    reference operator[](difference_type step) const { return *at_[step]; }
    Iterator& operator++() { return ++at_, *this; }
    Iterator& operator--() { return --at_, *this; }
    Iterator operator++(int) { return Iterator(at_++); }
    Iterator operator--(int) { return Iterator(at_--); }
    Iterator& operator+=(difference_type step) { return at_ += step, *this; }
    Iterator& operator-=(difference_type step) { return at_ -= step, *this; }
    friend Iterator operator+(Iterator left, difference_type step) { return left += step; }
    friend Iterator operator+(difference_type step, Iterator right) { return right += step; }
    friend Iterator operator-(Iterator left, difference_type step) { return left -= step; }
    friend difference_type operator-(Iterator left, Iterator right) { return left.at_ - right.at_; }
    friend auto operator<=>(const Iterator&, const Iterator&) = default;

   private:
    const Shared* at_ = nullptr;
  };
  using value_type = T;
  using iterator = Iterator;
  using const_iterator = Iterator;

  SharedList() = default;
  explicit SharedList(std::vector<Shared> elements) : elements_(std::move(elements)) {}
  SharedList(std::vector<T> elements) {
    elements_.reserve(elements.size());
    for (T& element : elements) push_back(std::move(element));
  }

  Iterator begin() const { return Iterator(elements_.data()); }
  Iterator end() const { return begin() + static_cast<std::ptrdiff_t>(elements_.size()); }
  std::size_t size() const { return elements_.size(); }
  bool empty() const { return elements_.empty(); }
  const T& operator[](std::size_t index) const { return *elements_[index]; }
  const T& front() const { return *elements_.front(); }
  const T& back() const { return *elements_.back(); }

  void reserve(std::size_t size) { elements_.reserve(size); }
  void push_back(T element) { elements_.push_back(std::make_shared<const T>(std::move(element))); }
  void replace(std::size_t index, T element) { elements_[index] = std::make_shared<const T>(std::move(element)); }
  const std::vector<Shared>& shared() const { return elements_; }
  friend std::size_t erase_if(SharedList& list, const auto& which) {
    return std::erase_if(list.elements_, [&](const Shared& element) { return which(*element); });
  }

 private:
  std::vector<Shared> elements_;
};

}  // namespace harden
