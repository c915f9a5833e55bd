"""The few fixed sentences of the adapters, in English and Chinese. Answers are worded elsewhere."""

from __future__ import annotations

import re

_PHRASES: dict[str, tuple[str, str]] = {
    "empty": ("That message was empty. Tell me something, or ask me.", "这条消息是空的。告诉我一些事，或者问我吧。"),
    "failed": (
        "Sorry, something went wrong and I couldn't answer. Nothing said before is lost; please try again.",
        "抱歉，出了点问题，我没能回答。之前说过的都还在，请再试一次。",
    ),
    "full": (
        "I couldn't store that: the disk is full. Free some space and say it again; nothing said before is lost.",
        "没能存下来：磁盘满了。腾出空间后请再说一遍；之前说过的都还在。",
    ),
    "malformed": ("I couldn't read that message.", "我没能读懂这条消息的格式。"),
    "too long": (
        "That is too long for one message ({size} characters, at most {most}). Give it to me as a document.",
        "这条消息太长了（{size} 个字符，最多 {most} 个）。请把它作为文档发给我。",
    ),
    "stranger": (
        "Sorry, this assistant is private. Your Telegram id is {id}; its owner can add it to the allow-list.",
        "抱歉，这是私人助手。你的 Telegram ID 是 {id}，主人可以把它加入允许名单。",
    ),
    "private": ("I only talk in private chats.", "我只在私聊里说话。"),
    "hello": (
        "Hello! Tell me things in plain words or send me a text document, then ask me. /help lists the commands.",
        "你好！用平常的话告诉我事情，或者发文本文档给我，然后问我。/help 列出命令。",
    ),
    "help": (
        "Tell me things, send me documents (.txt, .md, .html, .pdf) or exported chats, mails and contacts, and ask.\n"
        "/ask QUESTION – ask\n/facts [NAME] – what I know\n/why [NAME or number] – where I have it from\n"
        "/search WORDS – find names, facts and passages\n/path A, B – how two are connected\n"
        "/similar NAME – who is like somebody\n"
        "/merges – who was taken for one\n/unmerge NUMBER – part them again\n"
        "/inbox – what contradicts what I know and waits for your word\n"
        "/forget NAME, number, title or time – forget it for good\n/export – your memory as a file",
        "告诉我事情，发文档（.txt、.md、.html、.pdf）或导出的聊天、邮件、联系人给我，然后提问。\n"
        "/ask 问题 – 提问\n/facts [名字] – 我知道什么\n/why [名字或编号] – 我从哪里知道的\n"
        "/search 词 – 查找名字、事实和原文\n/path 甲、乙 – 两者有什么联系\n/similar 名字 – 谁和某人相似\n"
        "/merges – 谁和谁被当成了同一个\n/unmerge 编号 – 把他们再分开\n"
        "/inbox – 与已知的相矛盾、等你决定的说法\n"
        "/forget 名字、编号、标题或时间 – 彻底忘掉\n/export – 把你的记忆存成文件",
    ),
    "nothing known": ("I know nothing about that yet.", "这方面我还什么都不知道。"),
    "ask what": ("What would you like to ask? Write: /ask QUESTION", "想问什么？请写：/ask 问题"),
    "search what": ("What shall I look for? Write: /search WORDS", "要找什么？请写：/search 词"),
    "path what": ("Between whom? Write: /path A, B", "谁和谁之间？请写：/path 甲、乙"),
    "similar what": ("Like whom? Write: /similar NAME", "和谁相似？请写：/similar 名字"),
    "not connected": ("Nothing that I know connects them.", "我所知道的里面，没有把它们联系起来的。"),
    "forget what": ("What shall I forget? Write: /forget NAME or number", "要忘掉什么？请写：/forget 名字或编号"),
    "forgotten": (
        "Forgotten for good: {what}.",
        "已彻底忘掉：{what}。",
    ),
    "would forget": ("This would forget {what}.", "这会忘掉{what}。"),
    "pending": (
        "Another program has the memory open; its files are cleaned when it is next opened.",
        "另一个程序正打开着这份记忆；下次打开时会清理它的文件。",
    ),
    "nothing to forget": ("There is nothing about that to forget.", "这方面没有可忘的。"),
    "forget everything": (
        "That would be all of your memory. To forget it whole, delete its directory: `tripletalk doctor` names it.",
        "那是全部的记忆。要全部忘掉，请删除它的目录：`tripletalk doctor` 会告诉你在哪里。",
    ),
    "several bear it": (
        "More than one bears that name, so I forgot nothing. Say more exactly who, or forget facts by their numbers: /facts",
        "有不止一个叫这个名字的，所以我什么都没忘。请说得更清楚些，或按编号忘掉事实：/facts",
    ),
    "several titles": (
        "More than one document fits, so I forgot nothing. Which do you mean: {titles}?",
        "符合的文档不止一份，所以我什么都没忘。你说的是哪一份：{titles}？",
    ),
    "forgotten document": (
        "I was told to forget this document, so I didn't read it. `tripletalk read --anew` reads it all the same.",
        "你让我忘掉过这份文档，所以我没有读。用 `tripletalk read --anew` 可以重新读。",
    ),
    "undone": ("Taken back: {what}", "已撤回：{what}"),
    "nothing to undo": ("There is nothing to take back.", "没有可撤回的。"),
    "nothing merged": ("No two entities were made one.", "没有合并过任何两个实体。"),
    "unmerge what": (
        "Which merge shall I undo? Write: /unmerge NUMBER (see /merges)",
        "要撤销哪次合并？请写：/unmerge 编号（见 /merges）",
    ),
    "unmerged": ("{one} and {other} are two again.", "{one}和{other}又分开了。"),
    "inbox empty": ("Nothing waits for your word.", "没有等你决定的说法。"),
    "inbox how": (
        "/inbox accept NUMBER takes it for true after all, /inbox drop NUMBER lets it go.",
        "/inbox accept 编号：仍然当作真的记下；/inbox drop 编号：不要了。",
    ),
    "accepted": ("Noted on your word: {what}", "照你说的记下了：{what}"),
    "dropped": ("Dropped: {what}", "不要了：{what}"),
    "unreadable": ("I couldn't read that document: {why}.", "这份文档我读不了：{why}。"),
    "unknown kind": (
        "I can read .txt, .md, .html and .pdf documents, and exports: .json, .eml, .mbox, .vcf, .ics, .csv.",
        "我能读 .txt、.md、.html 和 .pdf 文档，以及导出的 .json、.eml、.mbox、.vcf、.ics 和 .csv。",
    ),
    "unknown command": ("I don't know that command. /help lists them.", "没有这个命令。/help 列出所有命令。"),
}


def phrase(key: str, language: str, **values: object) -> str:
    """Return a fixed sentence in "en" or "zh", with its values filled in.

    >>> phrase("undone", "en", what="3 facts")
    'Taken back: 3 facts'
    """
    english, chinese = _PHRASES[key]
    return (chinese if language == "zh" else english).format(**values)


def language_of(text: str) -> str:
    """Return "zh" when Han characters outweigh the Latin words, else "en".

    A capitalised word weighs little, since names stand in Latin letters in Chinese sentences too.

    >>> language_of("Nora Holm住在Bergen吗"), language_of("What does 你好 mean?")
    ('zh', 'en')
    """
    sample = text[:2000]
    han = len(re.findall("[\u3400-\u9fff\U00020000-\U0003ffff]", sample))
    words: list[str] = re.findall("[A-Za-z]+", sample)
    return "zh" if han > sum(3.0 if word[0].islower() else 0.5 for word in words) else "en"
