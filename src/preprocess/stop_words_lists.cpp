// SPDX-License-Identifier: Apache-2.0
// Written for this project, by parts of speech.
#include <bespoke/preprocess/stop_words.hpp>

namespace bespoke {
namespace {

// clang-format off: many words a line.
constexpr std::string_view english[] = {
    // Articles and other determiners.
    "a", "an", "the", "this", "that", "these", "those", "each", "every", "either", "another", "other", "others",
    "such", "some", "any", "both", "same", "own",
    // Personal, possessive and reflexive pronouns.
    "i", "me", "my", "mine", "myself", "you", "your", "yours", "yourself", "yourselves", "he", "him", "his",
    "himself", "she", "her", "hers", "herself", "it", "its", "itself", "we", "us", "our", "ours", "ourselves", "they",
    "them", "their", "theirs", "themselves", "oneself",
    // Pronouns that ask, relate or leave open.
    "who", "whom", "whose", "which", "what", "whoever", "whomever", "whichever", "whatever", "someone", "somebody",
    "something", "anyone", "anybody", "anything", "everyone", "everybody", "everything",
    // Prepositions.
    "about", "above", "across", "after", "against", "along", "amid", "among", "around", "as", "at", "before",
    "behind", "below", "beneath", "beside", "besides", "between", "beyond", "by", "despite", "down", "during", "for",
    "from", "in", "inside", "into", "near", "of", "off", "on", "onto", "out", "outside", "over", "past", "per",
    "since", "through", "throughout", "till", "to", "toward", "towards", "under", "underneath", "until", "up", "upon",
    "via", "with", "within",
    // Conjunctions.
    "and", "or", "but", "if", "because", "although", "though", "whereas", "while", "whether", "than", "unless",
    "once", "so", "yet",
    // Adverbs of place, time and link that carry no content of their own.
    "here", "there", "where", "wherever", "when", "whenever", "why", "how", "however", "then", "thus", "hence",
    "therefore", "thereby", "also", "again", "further", "furthermore", "moreover", "meanwhile", "else", "instead",
    "already", "still", "now", "just", "perhaps", "indeed",
    // To be, to have, to do.
    "am", "is", "are", "was", "were", "be", "been", "being", "have", "has", "had", "having", "do", "does", "did",
    "done", "doing",
    // Modal verbs.
    "can", "could", "may", "might", "must", "shall", "should", "will", "would", "ought",
    // The same, contracted; what is negated stays.
    "i'm", "i've", "i'd", "i'll", "you're", "you've", "you'd", "you'll", "he's", "he'd", "he'll", "she's", "she'd",
    "she'll", "it's", "it'd", "it'll", "we're", "we've", "we'd", "we'll", "they're", "they've", "they'd", "they'll",
    "that's", "that'd", "that'll", "this'll", "these're", "those're", "there's", "there'd", "there'll", "here's",
    "who's", "who'd", "who'll", "who've", "what's", "what'd", "what'll", "what're", "where's", "where'd", "when's",
    "why's", "how's", "how'd", "let's", "could've", "should've", "would've", "might've", "must've",
    // What is left of them where the apostrophe separates.
    "s", "t", "d", "m", "ll", "re", "ve",
};

constexpr std::string_view chinese[] = {
    // Structural, aspect and modal particles: 的 地 得, 了 着 过, 吗 呢 吧.
    "的", "地", "得", "之", "了", "着", "过", "吗", "呢", "吧", "啊", "呀", "哇", "哦", "噢", "嘛", "啦", "罢了",
    "而已", "似的", "般", "所",
    // Pronouns: persons.
    "我", "你", "您", "他", "她", "它", "我们", "咱", "咱们", "你们", "您们", "他们", "她们", "它们", "自己", "本人",
    "人家", "别人", "大家", "各自", "彼此",
    // Pronouns: this and that, and those that ask.
    "这", "那", "这个", "那个", "这些", "那些", "这里", "那里", "这儿", "那儿", "这样", "那样", "这么", "那么",
    "这种", "那种", "此", "该", "其", "其他", "其它", "其中", "某", "某个", "某些", "每", "每个", "各", "各个",
    "各种", "谁", "什么", "哪", "哪个", "哪些", "哪里", "哪儿", "怎么", "怎样", "怎么样", "如何", "为什么", "多少",
    "几",
    // Prepositions.
    "在", "从", "自", "自从", "由", "于", "到", "向", "往", "朝", "对", "对于", "关于", "至于", "把", "将", "被",
    "给", "让", "叫", "为", "为了", "因", "以", "用", "按", "按照", "依", "依照", "根据", "据", "凭", "通过", "经",
    "经过", "随着", "沿着", "除", "除了", "跟", "和", "与", "同", "比", "离", "距", "当", "趁", "替",
    // Conjunctions.
    "及", "以及", "或", "或者", "还是", "并", "并且", "而", "而且", "且", "但", "但是", "可是", "然而", "只是",
    "因为", "所以", "因此", "因而", "于是", "从而", "如果", "假如", "要是", "若", "倘若", "只要", "只有", "除非",
    "即使", "尽管", "虽然", "虽", "无论", "不管", "不论", "既", "既然", "与其", "宁可", "不但", "不仅", "何况",
    "况且", "以便", "以免", "否则",
    // Adverbs that link, and those of time and range without content of their own.
    "也", "都", "还", "又", "再", "就", "才", "便", "则", "却", "即", "已", "已经", "曾", "曾经", "正", "正在",
    "将要", "刚", "刚刚", "然后", "接着", "同时", "另外", "此外", "一边", "一直", "总是", "仍", "仍然", "毕竟",
    "究竟", "到底", "大约", "大概", "约",
    // To be, to have, modal verbs.
    "是", "有", "能", "能够", "会", "可", "可以", "可能", "应", "应该", "应当", "要", "需要", "必须", "想要", "愿意",
    // Measure words and words of place that follow others.
    "个", "些", "一个", "一些", "一种", "种", "次", "里", "上", "下", "中", "内", "外", "前", "后", "间", "时",
    "时候", "之前", "之后", "以前", "以后", "等", "等等",
};
// clang-format on

}  // namespace

std::span<const std::string_view> english_stop_words() noexcept { return english; }
std::span<const std::string_view> chinese_stop_words() noexcept { return chinese; }

}  // namespace bespoke
