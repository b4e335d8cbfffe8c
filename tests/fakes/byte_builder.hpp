// SPDX-License-Identifier: Apache-2.0
// Bytes put together field by field, for tests of parsers. Little-endian, no padding of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "support/span_reader.hpp"

namespace lintel {

class ByteBuilder {
public:
    template <typename T>
    ByteBuilder& add(T value)
    {
        const auto at = bytes_.size();
        bytes_.resize(at + sizeof value);
        std::memcpy(bytes_.data() + at, &value, sizeof value);
        return *this;
    }
    ByteBuilder& add_text(std::string_view text)
    {
        for (const char character : text)
            bytes_.push_back(static_cast<std::byte>(character));
        return *this;
    }
    ByteBuilder& add_bytes(const std::vector<std::byte>& bytes)
    {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    ByteBuilder& zeros(std::size_t count)
    {
        bytes_.resize(bytes_.size() + count);
        return *this;
    }
    ByteBuilder& align(std::size_t alignment)
    {
        return zeros((alignment - bytes_.size() % alignment) % alignment);
    }
    template <typename T>
    ByteBuilder& set(std::size_t at, T value)
    {
        std::memcpy(bytes_.data() + at, &value, sizeof value);
        return *this;
    }
    std::size_t size() const { return bytes_.size(); }
    std::vector<std::byte>& bytes() { return bytes_; }
    const std::vector<std::byte>& bytes() const { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

// A copy in an allocation of exactly its size, so that the sanitizer sees a read past its end.
class ExactBytes {
public:
    explicit ExactBytes(Bytes bytes) : storage_{new std::byte[bytes.size()]}, size_{bytes.size()}
    {
        std::copy(bytes.begin(), bytes.end(), storage_.get());
    }
    Bytes get() const { return {storage_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> storage_;
    std::size_t size_;
};

} // namespace lintel
