// SPDX-License-Identifier: Apache-2.0
// Written for this project, by what one thinks of: things and people that please, feelings, character, conduct, trade, harm.
// Forms of a word stand side by side. The valences are our judgement.
#include "sentiment_words.hpp"

namespace bespoke::features {
namespace {

// clang-format off: many words a line.
constexpr valence_group english[] = {
    {3.4, "outstanding superb magnificent phenomenal spectacular masterpiece breathtaking flawless flawlessly "
          "exquisite sublime stunning stunningly ecstatic blissful bliss"},
    {3.1, "excellent excellence excellently perfect perfectly perfection fantastic fantastically wonderful "
          "wonderfully amazing awesome brilliant brilliantly marvelous marvellous terrific best love loved "
          "loves loving adore adored adores delightful delighted overjoyed thrilled thrilling splendid "
          "incredible exceptional triumph triumphant gorgeous fabulous top_notch second_to_none world_class"},
    {2.7, "great greatest beautiful beautifully beauty happy happiness happily joy joyful delight delights "
          "impressive impressively impressed remarkable superior glorious heavenly hilarious charming elegant "
          "elegantly elegance passionate treasure treasured inspiring inspired inspiration inspirational "
          "heartwarming masterful genius hero heroic cherish cherished victory victorious win_win well_worth "
          "must_have blown_away"},
    {2.3, "enjoy enjoyed enjoying enjoys enjoyable enjoyment good goodness lovely lovable glad pleased pleasing "
          "pleasure pleasant pleasantly pleasurable fun funny exciting excited excitement success successful "
          "successfully succeed succeeded succeeds win wins won winning winner winners celebrate celebrated "
          "celebration admire admired admirable favorite favourite grateful gratitude thankful generous "
          "generously generosity kindness friendly warmth caring delicious tasty yummy scrumptious smart clever "
          "talented gifted laugh laughed laughing laughs laughter smile smiled smiles smiling cheerful reward "
          "rewarded rewarding trustworthy peaceful luxurious sparkling spotless immaculate pristine vibrant "
          "thriving thrive thrived rejoice praise praised praises acclaimed prestigious appreciate appreciated "
          "appreciates appreciation worth_every_penny value_for_money hats_off well_done bravo hooray kudos "
          "congratulations congrats"},
    {1.9, "better liked likes nice nicely cute sweet helpful useful usefully friend friends friendship kind "
          "honest honestly honesty honor honored honour honoured loyal loyalty devoted faithful sincere "
          "sincerely trust trusted trusting reliable reliably dependable recommend recommended recommending "
          "recommends recommendation satisfied satisfying satisfies satisfaction satisfactory comfortable "
          "comfortably comfort comforts comfy cozy cosy clean cleanly fresh freshly refreshing refreshed "
          "relaxed relaxing relax calm calming soothing gentle graceful grace polite politely courteous "
          "respectful welcoming welcome welcomed hospitable attentive thoughtful considerate professional "
          "professionally efficient efficiently effective effectively effectiveness productive innovative "
          "innovation creative creativity ingenious intuitive responsive seamless seamlessly smooth smoothly "
          "effortless effortlessly convenient conveniently bargain quality valuable precious priceless popular "
          "attractive appealing engaging entertaining fascinating interesting captivating enthusiastic "
          "enthusiasm eager optimistic optimism hopeful hope hopes confident confidence proud proudly pride "
          "strength strengths advantage advantages beneficial benefit benefits benefited healthy healthier "
          "wealthy rich prosperity prosperous prosper flourishing flourish lucky luckily fortunate fortunately "
          "blessed blessing miracle romantic adventure adventurous brave bravely bravery courage courageous "
          "strong strongest strongly powerful excel excels excelled gem gems magic magical mesmerizing radiant "
          "dazzling lush idyllic scenic picturesque serene tranquil hearty mouthwatering flavorful flavourful "
          "juicy crisp crispy aromatic savory luscious"},
    {1.5, "improve improved improves improving improvement improvements progress gain gains gained profit "
          "profits profitable profitability growth upgrade upgraded boost boosted boosts boosting achieve "
          "achieved achieves achieving achievement achievements accomplish accomplished accomplishment award "
          "awards awarded prize champion champions thank thanks thankyou gift gifts bonus free_of_charge "
          "save_money solved solves resolved worthwhile worthy worth wise wisely wisdom skilled skilful "
          "skillful expertise expert capable competent robust sturdy durable solid stable secure securely safe "
          "safely safety secured protected fair fairly_priced fairness just_right affordable inexpensive "
          "reasonable reasonably tidy neat neatly spacious bright sunny lively energetic quiet authentic "
          "genuine genuinely original versatile flexible speedy swift promptly prompt easy easily easier "
          "user_friendly handy support supported supportive supports encourage encouraged encouraging "
          "encouragement positive positively favorable favourable favorably promising ideal ideally privilege "
          "privileged vivid compelling persuasive memorable unforgettable rejuvenated soulful on_time bang_on "
          "spot_on easy_to_use leading leader leaders growing lucrative advance advances advanced profitably "
          "breakthroughs ambitious dedicated dedication diligent hardworking patience humble modesty compassion "
          "compassionate empathy sympathetic tolerant forgiving merry jolly playful witty wit humor humour "
          "humorous lighthearted upbeat refresh adorable pretty handsome glamorous fashionable sleek classy "
          "high_quality high_class exceeded_expectations"},
    {1.1, "like well good_enough grew grow grows hug hugs kiss kisses cheer cheers ease eased interested luck "
          "wish wishes wished please care cared cares helped helping helps help suitable suitably adequate "
          "decent decently acceptable accepted approve approved approval approves correct correctly accurate "
          "accurately trendy stylish modern practical sensible rational logical organized tempting warm warmly "
          "soft tender special unique true truth forgive forgiven expand expanded expansion stronger strengthen "
          "strengthened strengthens exceed exceeded exceeds outperform outperformed record_high breakthrough "
          "milestone opportunity opportunities won_over restore restored recover recovered recovery recovers "
          "heal healed healing cure cured relief relieved important contribute contributed contributes "
          "contribution agreement partnership create created creates cooperate cooperation cooperative peace "
          "freedom liberty justice enrich enriched enriches educated informative insightful instructive "
          "meaningful purposeful mature steady steadily rise rises rose rising climb climbed climbs surge "
          "surged surges soar soared soars gaining uptick upturn rebound rebounded outpace outpaced top ahead "
          "increase increases increased increasing sweetly gracious graciously"},
    {0.6, "ok okay fine alright yes yeah yep agree agreed agrees fair_enough cheap able natural ready certain "
          "sure surely wow join joined joins share shares grant granted invite invited bigger faster quick "
          "quickly quicker"},
    {-0.6, "so-so mediocre average_at_best odd oddly strange strangely weird hm hmm dated overlook overlooked "
           "limited uncertain uncertainty concern concerns doubt doubts doubtful hard tough low lower lowest "
           "lowered cut cuts cutting tight thin wait waited waiting queue queues cold empty average"},
    {-1.1, "slow slowly sluggish tired tiring tiresome late delay delayed delays delaying old_fashioned lack "
           "lacked lacking lacks shortage shortages miss missed misses missing decline declined declines "
           "declining decrease decreased decreases decreasing drop dropped drops fell fall_short fall_apart "
           "falling_apart cut_backs cutback cutbacks downturn weak weaker weakness weaken weakened weakens loss "
           "losses lose loses losing lost difficult difficulty difficulties hard_to_use complicated confusing "
           "confused confusion unclear vague unaware awkward noisy loud noise crowded cramped stuffy dim dull "
           "stale bland tasteless greasy soggy sticky stain stained stains dusty unfamiliar unimpressive "
           "unremarkable forgettable questionable overpriced expensive costly pricey worn worn_out outdated "
           "obsolete inconvenient inconvenience unavailable unreachable blame blamed warn warned warning "
           "complaint complaints complain complained complaining complains fall falls falling fallen plunge "
           "plunged plunges slump slumped slumps tumble tumbled shrink shrank shrinking slowdown stagnant "
           "stagnation debt debts deficit deficits setback setbacks obstacle obstacles barrier hurdle strain "
           "strained burden burdens pressure pressured downgrade downgraded cancel cancelled canceled cancels "
           "cancellation suspend suspended suspension shutdown shut_down postponed disruption disrupted disrupts "
           "dispute disputes strike strikes uneasy gloomy gloom dreary bleak dark darkness shaky flimsy fragile "
           "brittle rusty creaky clumsy clunky sloppy hassle fuss nuisance inedible undercooked overcooked burnt "
           "rotten sour bitter"},
    {-1.5, "problem problems problematic trouble troubles troubled troublesome error errors bug bugs buggy "
           "glitch glitches glitchy fault faults faulty flaw flaws flawed defect defects defective mistake "
           "mistakes mistaken wrong wrongly incorrect incorrectly inaccurate broken break_down broke breakdown "
           "crash crashed crashes crashing fail failed failing fails failure failures malfunction malfunctioning "
           "unstable unreliable inconsistent incompetent unskilled unqualified inadequate inadequately "
           "insufficient unsatisfactory unsatisfied dissatisfied dissatisfaction dissatisfying displeased "
           "disappoint disagree disagreed disagreement disapprove disapproval reject rejected rejection rejects "
           "refuse refused refusal deny denied denies oppose opposed hesitant reluctant unwilling unhelpful "
           "useless worthless pointless meaningless senseless needless unnecessary ineffective inefficient "
           "unproductive impractical impossible unusable unsuitable inappropriate unacceptable unfair unfairly "
           "unjust biased boring bored boredom bore tedious monotonous shallow superficial lame cheesy silly "
           "foolish fool fools lazy careless carelessly negligent negligence neglect neglected ignorant "
           "ignorance ignore ignored ignores ignoring unfriendly unpleasant uncomfortable discomfort unwelcome "
           "impatient stubborn selfish arrogant unhappy unhappily upset upsetting regret regretted regrets "
           "regrettable sorry sad_to_say lonely loneliness nervous anxious anxiety worry worried worries "
           "worrying stress stressed stressful tense tension annoy annoyed annoying annoys annoyance bother "
           "bothered bothersome irritate irritated irritating irritation dirty messy mess untidy smelly stink "
           "stinks stinky stinking smoky moldy mouldy leak leaked leaking leaks scratched rip_off ripped_off "
           "fed_up let_down lets_down run_down out_of_order out_of_stock waste_of_time does_not_work "
           "stopped_working not_worth layoff layoffs laid_off redundancies lawsuit lawsuits penalty penalties "
           "fined negative negatively risk risks unprofitable accident accidents emergency hostage trap trapped "
           "stuck outage outages infected infection virus contaminated mold mould bedbugs cockroach cockroaches "
           "rats vermin spam fake counterfeit forged imitation hoax gimmick overrated underwhelming uninspired "
           "unoriginal cliched incoherent unfinished unhygienic unsanitary unprofessional unethical immoral "
           "unkind heartless ruthless bossy snob snobbish hypocrite hypocritical coward cowardly exhausted "
           "exhausting fatigue tiredness grumpy moody bitterness resent resentment resentful homesick hunger "
           "starving poverty homeless victimized accuse accused accuses accusation condemn condemned condemns "
           "criticize criticized criticizes criticism doom doomed"},
    {-1.9, "bad badly poor poorly worse worsen worsened worsening sad sadly sadness sadden saddened rude rudely "
           "rudeness impolite disrespect disrespectful disrespected insult insulted insulting insults offend "
           "offended offensive offends mock mocked mocking ridicule ridiculed ridiculous ridiculously absurd "
           "nonsense dumb stupid stupidity idiot idiots idiotic moron disappointed disappointing disappointingly "
           "disappointment disappoints frustrate frustrated frustrating frustration hurt hurts hurting hurtful "
           "harm harmed harmful harming pain pains painful painfully ache aches sick sickness ill illness suffer "
           "suffered suffering suffers injury injured injuries damage damaged damages damaging danger dangerous "
           "dangerously unsafe hazard hazardous risky threat threats threaten threatened threatening afraid fear "
           "fears feared fearful scared scary scare frighten frightened frightening panic alarming shock shocked "
           "shocking angry anger angrily mad hostile hostility aggressive fight fights fighting conflict "
           "conflicts jealous jealousy envy greedy greed dishonest dishonesty lie lied lies lying liar deceive "
           "deceived deceptive deception misleading mislead misled cheat cheated cheating cheats cheater steal "
           "stole stolen thief thieves scandal corrupt corruption guilty guilt shame ashamed shameful embarrass "
           "embarrassed embarrassing embarrassment humiliate ugly lousy crappy shoddy shabby inferior garbage "
           "trash rubbish junk gross waste wasted wasting wasteful crisis recession bankrupt bankruptcy collapse "
           "collapsed suck sucks sucked sux spoil spoiled ruin ruins struggle struggled struggling struggles "
           "unfortunate unfortunately hopeless helpless desperate desperately despair cry cried crying tears "
           "steer_clear avoid_at_all_costs stay_away waste_of_money"},
    {-2.4, "hate hates hated hating hatred dislike disliked despise despised loathe disgust disgusted disgusting "
           "disgustingly disgrace disgraceful pathetic pathetically miserable miserably misery dreadful "
           "dreadfully appalling appalled nasty vile filthy filth revolting repulsive nauseating sickening "
           "unbearable intolerable outrageous outraged outrage furious fury rage hell hellish ruined destroy "
           "destroyed destroys destroying destruction destructive disaster disasters devastate devastated "
           "devastating heartbroken heartbreaking grief mourn tragic tragedy tragically depressed depressing "
           "depression humiliated humiliating humiliation betray betrayed betrayal cruel cruelly cruelty brutal "
           "brutally abuse abused abusive bully bullied bullying violent violence attack attacked attacks war "
           "victim victims crime crimes criminal fraud frauds fraudulent scam scams scammed scammer unforgivable "
           "inexcusable despicable toxic poison poisoned poisonous bullshit crap wtf waste_of_space"},
    {-2.9, "awful terrible horrible horribly horrid horrific horrifying horrendous horror atrocious abysmal "
           "abominable worst catastrophe catastrophic nightmare nightmares evil evils torture tortured agony "
           "abhorrent hideous excruciating terrifying terrified terror terrorist"},
    {-3.4, "murder murdered murderer murders rape raped genocide massacre suicide slaughter"},
};

constexpr valence_group signs[] = {
    {2.5, "<3 ❤ 💕 💖 💗 😍 🥰 😘 🎉 🏆 💯 🤩"},
    {2.0, ":) :-) :)) =) :D :-D =D :] (: ^_^ ^^ :') xD XD 😀 😃 😄 😁 😊 🙂 ☺ 😂 🤣 😋 😎 🤗 👍 👏 💪 🙏 ✨ 🌹 ♥ 👌"},
    {1.2, ";) ;-) ;D :P :-P :p ;P 😉 😜 😇 😏"},
    {-1.0, ":/ :-/ :\\ :-\\ :| :-| -_- 😐 😑 😕 🙄 😒 😬 😓"},
    {-2.0, ":( :-( :(( =( ): :[ :'( D: >:( T_T ;_; 😞 😟 ☹ 🙁 😢 😭 😔 😖 😫 😩 😣 😨 😰 😱 👎 💔"},
    {-2.6, "😠 😡 🤬 🤮 🤢 💩 😤"},
};
// clang-format on

}  // namespace

std::span<const valence_group> english_valences() noexcept { return english; }
std::span<const valence_group> sign_valences() noexcept { return signs; }

}  // namespace bespoke::features
