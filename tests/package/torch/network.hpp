// SPDX-License-Identifier: Apache-2.0
#pragma once
// The wall: a network as plain C++17, with no LibTorch type in sight.

#include <memory>
#include <vector>

class network {
 public:
  /// One layer: weights of 1 × n.
  explicit network(const std::vector<float>& weights);

  /// σ(w·x). Thread safety: const calls from any thread.
  float operator()(const float* values, long size) const;

 private:
  struct tensors;
  std::shared_ptr<const tensors> tensors_;
};
