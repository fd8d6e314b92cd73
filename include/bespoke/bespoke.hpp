// SPDX-License-Identifier: Apache-2.0
#pragma once
// All of bespoke, for files that wire chains and fit them. Files that only pass models around include
// <bespoke/core/model.hpp>, which costs next to nothing.

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/metrics.hpp>
#include <bespoke/core/ranking.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/core/top_k.hpp>
#include <bespoke/core/version.hpp>
#include <bespoke/features/hashing.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/feedback/log.hpp>
#include <bespoke/infer/live.hpp>
#include <bespoke/infer/top_k.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/ingest/jsonl.hpp>
#include <bespoke/ingest/memory.hpp>
#include <bespoke/ingest/queue.hpp>
#include <bespoke/preprocess/distinct.hpp>
#include <bespoke/preprocess/filter.hpp>
#include <bespoke/preprocess/fold.hpp>
#include <bespoke/preprocess/words.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/user_profile.hpp>
