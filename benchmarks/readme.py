"""Write the README's table of figures from results.jsonl: the newest line of each metric and split.

python benchmarks/readme.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from results import RESULTS, ROOT

README = ROOT / "README.md"
RETIRED = ("en-held-out", "zh-held-out")  # pattern lines, half of which the shipped weights' ancestors had seen
START, END = "<!-- figures -->", "<!-- /figures -->"
NAMES = {
    "first_reply_s": ("first reply after the program starts", "s"),
    "later_reply_p50_ms": ("later replies, median", "ms"),
    "read_sentences_per_s": ("reading documents", "sentences/s"),
    "entity_f1": ("entities, own held-out sentences, F1", ""),
    "relation_f1": ("relations (gold mentions), own held-out sentences, F1", ""),
    "factuality_macro_f1": ("who commits to what, own held-out sentences, macro-F1 over words", ""),
    "act_macro_f1": ("dialogue acts, own held-out sentences, macro-F1", ""),
    "query_graph_exact": ("questions read as the exact query graph, own held-out sentences", ""),
    "stories_right": ("told, then asked: answered or, in twins, admitted unknown", ""),
    "uner_f1": ("entities PER/LOC/ORG, UNER dev, F1", ""),
    "zh_en_top1": ("a Chinese sentence finds its English pair, top-1", ""),
    "en_zh_top1": ("an English sentence finds its Chinese pair, top-1", ""),
    "statements_f1": ("facts learned from single messages, F1", ""),
    "false_retirement": ("facts wrongly taken for over, of those learned in written cases", ""),
    "merge_error": ("pairs of names wrongly taken for one or for two, written cases", ""),
    "learn_one_sentence_p50_ms": ("one told sentence learned, median", "ms"),
    "knowledgenet_text_f1": ("facts read from passages never trained on, F1 (KnowledgeNet)", ""),
    "redocred_f1": ("facts read from whole documents, F1 (Re-DocRED; the weights know its sentences)", ""),
    "forget_bytes_left": ("bytes of forgotten text left in any file, 77 scenarios", ""),
    "forget_collateral": ("other facts lost by a forgetting", ""),
    "exam_steps": ("conversation exam, steps passed", ""),
    "parse_p50_ms": ("one message read, median", "ms"),
    "parse_sentences_per_s": ("many messages read at once", "sentences/s"),
    "clinc150_in_scope_accuracy": ("`train intent` on CLINC150, in-scope accuracy", ""),
    "conll2003_f1": ("`train ner` on CoNLL-2003, F1", ""),
    "wiki80_accuracy": ("`train relations` on wiki80, accuracy", ""),
    "wiki80_one_shot_accuracy": ("16 relations of wiki80 left out, five-way, one example each", ""),
    "zh_sanwen_micro_f1": ("`train relations` on SanWen, micro-F1", ""),
    "zh_finre_micro_f1": ("`train relations` on FinRE, micro-F1", ""),
    "kdconv_aligned_micro_f1": ("`train relations` on KdConv's aligned triples, micro-F1", ""),
    "reasoning_ms_at_next_look": ("what follows is brought up to date after one more fact, median", "ms"),
    "reasoning_s_everything_anew": ("everything that follows is concluded anew", "s"),
    "questions_metaqa_hits_at_1": ("`train questions` on MetaQA, Hits@1", ""),
    "questions_pq2h_hits_at_1": ("`train questions` on PathQuestion, Hits@1", ""),
    "questions_pq3h_hits_at_1": ("`train questions` on PathQuestion, Hits@1", ""),
    "questions_pql2h_hits_at_1": ("`train questions` on PathQuestion-Large, Hits@1", ""),
    "questions_pql3h_hits_at_1": ("`train questions` on PathQuestion-Large, Hits@1", ""),
    "questions_wc2014_hits_at_1": ("`train questions` on WorldCup2014, Hits@1", ""),
    "questions_kgclue_hits_at_1": ("`train questions` on KgCLUE, Hits@1", ""),
    "questions_kdconv_hits_at_1": ("questions of KdConv over its graph with the shipped weights, Hits@1", ""),
    "retrieval_recall_at_5": ("passages found by the walk, recall@5", ""),
    "retrieval_recall_at_10": ("passages found by the walk, recall@10", ""),
    "focus_follow_ups_right": ("follow-ups understood with what the conversation is about", ""),
    "reading_sentence_given_passage": ("the sentence quoted answers, given the passage", ""),
    "reading_sentence_given_all": ("the sentence quoted answers, given all passages", ""),
    "reading_span_f1": ("words of the answer, F1", ""),
    "reading_auroc_near_miss": ("answerable or not, on passages that look alike, AUROC", ""),
    "reading_auroc_without_sentence": ("answerable or not, without the sentence that answers, AUROC", ""),
    "read_questions_right": ("hand-written questions over 300 texts that were read: right", ""),
    "read_questions_wrong_unanswerable": ("the same, unanswerable ones: answered all the same", ""),
    "import_speed_of_bulk_load": ("importing other people's triples, as a share of the store's own bulk load", ""),
    "sparql_join_of_raw": ("an indexed SPARQL join, as a multiple of the bare store", ""),
    "question_p50_ms": ("a question, median", "ms"),
    "question_p95_ms": ("a question, 95th percentile", "ms"),
    "resident_mb": ("memory with everything open", "MB"),
    "unknown_auc": ("does the passage answer? questions left out, AUC", ""),
}


def table(path: Path) -> str:
    """Return the figures as a Markdown table."""
    newest: dict[tuple[str, str], dict[str, object]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["metric"], row["split"]] = row
    lines = ["| what | measured on | figure |", "|---|---|---|"]
    for (metric, split), row in sorted(
        newest.items(), key=lambda item: list(NAMES).index(item[0][0]) if item[0][0] in NAMES else 99
    ):
        if metric in NAMES and split not in RETIRED:
            name, unit = NAMES[metric]
            lines.append(f"| {name} | {split} | {row['value']:.3g} {unit} |".replace("  |", " |"))
    return "\n".join(lines)


def main() -> None:
    """Put the table between its marks."""
    text = README.read_text(encoding="utf-8")
    block = f"{START}\n{table(RESULTS)}\n{END}"
    README.write_text(re.sub(f"{START}.*{END}", lambda _: block, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
