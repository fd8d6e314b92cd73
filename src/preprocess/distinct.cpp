// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/distinct.hpp>

#include <sodium/crypto_generichash_blake2b.h>

namespace bespoke::preprocess::detail {

bool seen_set::insert(std::string_view bytes) {
  hash h;
  crypto_generichash_blake2b(reinterpret_cast<unsigned char*>(h.data()), sizeof h,
                             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  if (h == hash{}) h[1] = 1;
  if ((size_ + 1) * 8 > table_.size() * 7) grow();
  const bool fresh = place(table_, h);
  size_ += fresh ? 1 : 0;
  return fresh;
}

void seen_set::clear() noexcept {
  table_.clear();
  size_ = 0;
}

void seen_set::grow() {
  std::vector<hash> larger(table_.empty() ? 1024 : 2 * table_.size());
  for (const hash& h : table_)
    if (h != hash{}) place(larger, h);
  table_ = std::move(larger);
}

// Open addressing with linear steps: the hash is its own, perfectly spread place.
bool seen_set::place(std::vector<hash>& table, const hash& h) noexcept {
  std::size_t i = h[0] & (table.size() - 1);
  for (; table[i] != hash{}; i = (i + 1) & (table.size() - 1))
    if (table[i] == h) return false;
  table[i] = h;
  return true;
}

}  // namespace bespoke::preprocess::detail
