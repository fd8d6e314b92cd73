// SPDX-License-Identifier: Apache-2.0
// Words that change what their neighbours say. The English ones and the idioms are VADER's, which publishes them as part of its
// rules; the Chinese ones were written for this project. They are part of the format "sentiment/1": a change of them
// changes answers.
#include "sentiment_words.hpp"

namespace bespoke::features {
namespace {

constexpr std::string_view english[] = {
    "never",
    "not",
    "nor",
    "none",
    "nope",
    "neither",
    "nothing",
    "nowhere",
    "without",
    "rarely",
    "seldom",
    "despite",
    "uhuh",
    "uh-uh",
    "cannot",
    // Verbs with n't, where the apostrophe was left out; with it they are known by their ending.
    "aint",
    "arent",
    "cant",
    "couldnt",
    "darent",
    "didnt",
    "doesnt",
    "dont",
    "hadnt",
    "hasnt",
    "havent",
    "isnt",
    "mightnt",
    "mustnt",
    "neednt",
    "oughtnt",
    "shant",
    "shouldnt",
    "wasnt",
    "werent",
    "wont",
    "wouldnt",
};

constexpr std::string_view more[] = {
    "absolutely",    "amazingly",  "awfully",   "completely", "considerable", "considerably", "decidedly",
    "deeply",        "effing",     "enormous",  "enormously", "entirely",     "especially",   "exceptional",
    "exceptionally", "extreme",    "extremely", "fabulously", "flipping",     "flippin",      "frackin",
    "fracking",      "fricking",   "frickin",   "frigging",   "friggin",      "fully",        "fuckin",
    "fucking",       "fuggin",     "fugging",   "greatly",    "hella",        "highly",       "hugely",
    "incredible",    "incredibly", "intensely", "major",      "majorly",      "more",         "most",
    "particularly",  "purely",     "quite",     "really",     "remarkably",   "so",           "substantially",
    "thoroughly",    "total",      "totally",   "tremendous", "tremendously", "uber",         "unbelievably",
    "unusually",     "utter",      "utterly",   "very",
};
constexpr std::string_view less[] = {
    "almost",   "barely", "hardly",   "just enough", "kind of",    "kinda",        "kindof", "kind-of",
    "less",     "little", "marginal", "marginally",  "occasional", "occasionally", "partly", "scarce",
    "scarcely", "slight", "slightly", "somewhat",    "sort of",    "sorta",        "sortof", "sort-of",
};

constexpr word_and_valence idioms[] = {
    {"the shit", 3},         {"the bomb", 3},   {"bad ass", 1.5},       {"bus stop", 0},        {"yeah right", -2},
    {"kiss of death", -1.5}, {"to die for", 3}, {"beating heart", 3.1}, {"broken heart", -2.9},
};

constexpr std::string_view chinese_negations[] = {
    "不",   "没",   "没有", "没什么", "无",   "毫无", "非",   "并非",   "未",     "尚未",   "未能",   "别",
    "不要", "不是", "不能", "不会",   "不算", "不再", "不够", "不太",   "不怎么", "并不",   "并不是", "并没有",
    "毫不", "绝不", "决不", "从不",   "从没", "从未", "无法", "谈不上", "称不上", "算不上", "说不上",
};
constexpr std::string_view chinese_more[] = {
    "很",   "太",   "最",   "更",   "极",   "超",   "真",   "挺",   "蛮",   "颇",   "非常", "十分",   "特别",
    "极其", "极为", "超级", "相当", "真的", "真是", "实在", "确实", "的确", "尤其", "格外", "异常",   "无比",
    "万分", "颇为", "更加", "多么", "这么", "那么", "如此", "完全", "绝对", "彻底", "过于", "越来越",
};
constexpr std::string_view chinese_less[] = {
    "有点", "有点儿", "有些", "稍",   "稍微", "稍稍", "略",   "略微",
    "略显", "较",     "较为", "比较", "还算", "几乎", "一点", "些许",
};
constexpr std::string_view contrasts[] = {"but", "但", "但是", "可是", "不过", "然而", "却", "只是"};

}  // namespace

polarity_words polarity_modifiers() noexcept {
  return {{english, more, less}, {chinese_negations, chinese_more, chinese_less}, contrasts, idioms};
}

}  // namespace bespoke::features
