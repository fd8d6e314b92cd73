// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <ATen/ATen.h>
#include <bespoke/core/error.hpp>
#include <bespoke/core/progress.hpp>

struct network::tensors {
  at::Tensor weights;
};

network::network(const std::vector<float>& weights)
    : tensors_(std::make_shared<const tensors>(tensors{at::tensor(weights).unsqueeze(0)})) {}

float network::operator()(const float* values, long size) const {
  if (size != tensors_->weights.size(1)) {
    bespoke::error_details details;
    details.stage = "network";
    details.expected = std::to_string(tensors_->weights.size(1)) + " values";
    details.got = std::to_string(size);
    throw bespoke::error(bespoke::errc::shape, details);
  }
  const at::Tensor x = at::from_blob(const_cast<float*>(values), {size}, at::kFloat);
  return at::sigmoid(at::mv(tensors_->weights, x)).item<float>();
}
