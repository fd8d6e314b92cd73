# SPDX-License-Identifier: Apache-2.0
"""Writes sentiment.json: what other programs say of texts made up from a small lexicon.

vader   vaderSentiment 3.3.2 (pip install vaderSentiment==3.3.2, or its folder in PYTHONPATH), not rounded, and for texts
        whose rules are the same in both nltk 3.8's port (Debian's python3-nltk), rounded as it does
afinn   Nielsen's definition: the sum over the longest words and phrases of the lexicon, found by a regular expression
real    with VADER's own file (BESPOKE_DATA/lexicons/vader_lexicon.txt): texts and scores only

Polarity rule "vader" follows vaderSentiment. The port differs: it drops words of one character and only some punctuation;
a word said twice has the neighbours of its first place; "never so" is 1.5 and not 1.25; "no" and "without doubt" are no
rules, "least" negates within a list too; "but" acts by place (no slip there); its lists of degree words and idioms are older.
"""
import json
import os
import random
import re
import tempfile

import nltk.sentiment.vader as nltk_vader
import vaderSentiment.vaderSentiment as reference

LEXICON = {
    "good": 1.9, "great": 3.1, "bad": -2.5, "terrible": -2.1, "nice": 1.8, "smart": 1.7, "funny": 1.9, "sad": -2.1,
    "hate": -2.7, "love": 3.2, "shit": -2.6, "bomb": -2.2, "ass": -2.5, "death": -2.9, "kiss": 1.8, "stop": -1.2,
    "no": -1.2, "right": 0.5, "broken": -2.1, "beating": -1.7, "die": -2.9, "incredible": 2.8, "kind": 2.4, "like": 1.5,
    ":)": 2.0, ":(": -1.9, ":d": 2.3, "<3": 1.9, "naïve": -1.1, "élan": 1.3, "\u2764": 3.0, "doubt": -1.5, "well": 1.1,
    "least": -0.5,
}
FILLERS = "the a film it was plot and of is we at to for yeah really this so never one heart bus mustard".split()
MODIFIERS = ("very extremely so really most kinda slightly almost barely uber less just enough sort of kind of not never "
             "isn't dont cannot without doubt least at least nor no neither hardly but seldom or").split()
MARKS = ["", "", "", "", "", ",", ".", "!", "!!", "?", "??", "!!!", "?!?", "...", ";", "...!"]
IDIOMS = ["the shit", "the bomb", "bad ass", "bus stop", "yeah right", "kiss of death", "to die for", "beating heart",
          "broken heart", "never so good", "never this bad", "so very good", "without a doubt good", "without doubt great",
          "at least good", "the least funny", "very least nice", "no good", "no good or nice", "kind of good",
          "no bad nor sad", "just enough good", "sort of a nice", "is this good", "it was so great"]


def text_of(random_, words):
    out = []
    for _ in range(random_.randint(1, 14)):
        kind = random_.random()
        if kind < 0.36:
            word = random_.choice(words)
        elif kind < 0.7:
            word = random_.choice(MODIFIERS)
        elif kind < 0.8:
            word = random_.choice(IDIOMS)
        else:
            word = random_.choice(FILLERS)
        case = random_.random()
        word = word.upper() if case < 0.12 else word.capitalize() if case < 0.2 else word
        out.append(random_.choice(["", "", "", "", "(", '"', "-"]) + word + random_.choice(MARKS))
    return random_.choice([" ", " ", " ", "  ", "\n", "\u3000"]).join(out)


def by_reference(analyzer, text):
    reference.round = lambda x, places: x
    s = analyzer.polarity_scores(text)
    return [s["pos"], s["neu"], s["neg"], s["compound"]]


def by_nltk(analyzer, text):
    s = analyzer.polarity_scores(text)
    return [s["pos"], s["neu"], s["neg"], s["compound"]]


def plain(text):
    """True where the port has the same rules: no "but", "no", "least", "so", "this" or idiom, other words once each."""
    words = [w.strip(".,!?;\"(-").lower() for w in text.split()]
    changed = {"but", "no", "least", "so", "this", "never", "doubt", "without", "kind", "sort", "just", "incredible"}
    known = {"good", "great", "bad", "terrible", "nice", "smart", "funny", "sad", "hate", "love"}
    return (len(set(words)) == len(words) and not changed & set(words) and all(len(w) > 1 for w in words)
            and all(w in known or (w not in LEXICON and w.isalpha()) for w in words) and "..." not in text
            and not re.search(r"[\"(\-;]", text) and not re.search(r"\?!|!\?", text) and text.isascii())


def afinn(lexicon, text):
    longest_first = sorted(lexicon, key=lambda w: (-len(w), w))
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(w) for w in longest_first) + r")(?!\w)")
    return sum(lexicon[w] for w in pattern.findall(text.lower()))


def analyzer_of(lexicon):
    analyzer = reference.SentimentIntensityAnalyzer()
    analyzer.lexicon, analyzer.emojis = lexicon, {}
    return analyzer


def port_of(lexicon):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(f"{w}\t{v}" for w, v in lexicon.items()))
        file.flush()
        return nltk_vader.SentimentIntensityAnalyzer("file:" + file.name)


def vader_cases():
    random_, analyzer, port = random.Random(1), analyzer_of(LEXICON), port_of(LEXICON)
    texts = [text_of(random_, list(LEXICON)) for _ in range(260)]
    easy = "good great bad terrible nice smart funny sad hate love film plot very isn't kinda dont slightly".split()
    texts += [" ".join(random_.sample(easy, random_.randint(2, 7))) + random_.choice(["", "!", "??"]) for _ in range(60)]
    texts += ["", " ", "!!!", ":)", "GOOD", "so", "but", "good but good but bad good bad", "naïve ÉLAN film", "ÉLAN NAÏVE",
              "good\u2028bad", "no", "no no good", "good " * 90 + "but " + "bad good " * 30]
    cases = []
    for text in texts:
        case = {"text": text, "scores": by_reference(analyzer, text)}
        if plain(text) and text:
            case["nltk"] = by_nltk(port, text)
        cases.append(case)
    return cases


def afinn_cases():
    lexicon = {"good": 3, "bad": -3, "not good": -2, "can't stand": -3, "fed up": -3, "cool": 1, "cool stuff": 3,
               "does not work": -3, "work": 1, "breathtaking": 5, "catastrophic": -4, "some kind": 0}
    words = [w for phrase in lexicon for w in phrase.split()] + ["the", "it", "and", "goodness", "recool", "work-shy"]
    random_ = random.Random(2)
    texts = [" ".join(random_.choice(words) + random_.choice(["", "", "", "", ",", "!"]) for _ in range(random_.randint(1, 12)))
             for _ in range(80)]
    texts += ["It does not work", "I can't stand it, I'm fed up!", ""]
    return {"lexicon": lexicon, "cases": [{"text": t, "score": afinn(lexicon, t)} for t in texts]}


REAL = [
    "The rooms were lovely and the staff could not have been kinder.", "I LOVE this phone, but the battery is awful.",
    "Not the worst stay we had, though far from great.", "What a waste of money!!!", "Breakfast was kind of boring :(",
    "Never been so happy with a purchase :D", "no problem at all", "There is no good or honest reason to buy it.",
    "The least helpful service ever", "At least the beds are comfortable.", "It works without doubt great",
    "SUPER fast delivery, sort of ugly box", "the food was to die for", "yeah right, a GREAT idea",
    "It isn't bad, it is not good, it just is.", "Profits rose sharply despite weak demand", "lol that was hilarious",
    "The plot is thin, the acting poor, but I enjoyed every minute of it.", "meh", "Is this good? Is it??",
]


def main():
    out = {"lexicon": LEXICON, "vader": vader_cases(), "afinn": afinn_cases()}
    data = os.environ["BESPOKE_DATA"]
    with open(data + "/lexicons/vader_lexicon.txt", encoding="utf-8") as file:
        real = {line.split("\t")[0].strip(): float(line.split("\t")[1]) for line in file.read().rstrip("\n").split("\n")}
    analyzer = analyzer_of(real)
    out["real"] = [{"text": t, "scores": by_reference(analyzer, t)} for t in REAL]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sentiment.json"), "w") as file:
        file.write(json.dumps(out, ensure_ascii=False).replace('{"text"', '\n{"text"') + "\n")
    print(sum("nltk" in c for c in out["vader"]), "of", len(out["vader"]), "with nltk")


main()
