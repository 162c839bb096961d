"""What keys do in code: indentation, comments, and the bracket that belongs to one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

STEP = 4
PAIRS = {"(": ")", "[": "]", "{": "}"}
BEYOND = re.compile("[\U00010000-\U0010ffff]")
LEAVES = re.compile(r"\s*(return|pass|break|continue|raise)\b")
Move = QTextCursor.MoveOperation
Keep = QTextCursor.MoveMode.KeepAnchor


def margin_of(text: str) -> int:
    """How many blanks a line begins with."""
    return len(text) - len(text.lstrip(" "))


def new_line(cursor: QTextCursor) -> None:
    """A line break that keeps the indentation: deeper after a colon or an open bracket, back after a return."""
    before = cursor.block().text()[: cursor.selectionStart() - _start_block(cursor).position()]
    if cursor.hasSelection():
        before = _start_block(cursor).text()[: cursor.selectionStart() - _start_block(cursor).position()]
    depth = margin_of(before)
    code = _without_comment(before).rstrip()
    if code.endswith((":", *PAIRS)):
        depth += STEP
    elif LEAVES.match(code):
        depth = max(0, depth - STEP)
    cursor.beginEditBlock()
    cursor.insertText("\n")
    rest = margin_of(cursor.block().text())
    cursor.movePosition(Move.Right, Keep, rest)  # what follows has its own blanks no more
    cursor.insertText(" " * depth)
    cursor.endEditBlock()


def backspace(cursor: QTextCursor) -> bool:
    """In the margin, back to the last step of indentation; False where a plain backspace is meant."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    if cursor.hasSelection() or not before or before.strip(" "):
        return False
    cursor.movePosition(Move.Left, Keep, (len(before) - 1) % STEP + 1)
    cursor.removeSelectedText()
    return True


def indent(cursor: QTextCursor) -> None:
    """Blanks up to the next step; of a selection, every line one step deeper."""
    if not cursor.hasSelection():
        cursor.insertText(" " * (STEP - cursor.positionInBlock() % STEP))
        return
    _change_lines(cursor, lambda text: " " * STEP + text if text.strip() else text)


def dedent(cursor: QTextCursor) -> None:
    """Every line of the selection, or the line of the cursor, one step less deep."""
    _change_lines(cursor, lambda text: text[min(margin_of(text), STEP) :])


def toggle_comment(cursor: QTextCursor) -> None:
    """The lines of the selection, or the line of the cursor, as comments, or no longer."""
    texts = [block.text() for block in lines_of(cursor) if block.text().strip()]
    if not texts:
        return
    if all(re.match(r" *#(?!>)", text) for text in texts):
        _change_lines(cursor, lambda text: re.sub(r"^( *)# ?", r"\1", text))
        return
    column = min(map(margin_of, texts))
    _change_lines(cursor, lambda text: f"{text[:column]}# {text[column:]}" if text.strip() else text)


def lines_of(cursor: QTextCursor) -> list[QTextBlock]:
    """The lines that the selection touches, or the line of the cursor."""
    block, found = _start_block(cursor), []
    last = cursor.document().findBlock(cursor.selectionEnd())
    if cursor.hasSelection() and last.position() == cursor.selectionEnd() and last != block:
        last = last.previous()  # the selection ends before its first character
    while block.isValid():
        found.append(block)
        if block == last:
            break
        block = block.next()
    return found


def _start_block(cursor: QTextCursor) -> QTextBlock:
    return cursor.document().findBlock(cursor.selectionStart())


def _change_lines(cursor: QTextCursor, change: Callable[[str], str]) -> None:
    """Change each line by itself, at its start alone where that will do, so that the cursor stays where it is."""
    work = QTextCursor(cursor)
    work.beginEditBlock()
    for block in lines_of(cursor):
        text = block.text()
        changed = change(text)
        same = next((n for n, (a, b) in enumerate(zip(text, changed, strict=False)) if a != b), None)
        start = same if same is not None else min(len(text), len(changed))
        more = len(changed) - len(text)
        work.setPosition(block.position() + start)
        if more > 0:
            work.insertText(changed[start : start + more])
        elif more < 0:
            work.movePosition(Move.Right, Keep, -more)
            work.removeSelectedText()
    work.endEditBlock()


def _without_comment(text: str) -> str:
    """The code of a line: a # in quotes is none."""
    quote = ""
    for number, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            return text[:number]
    return text


def brackets_at(document: QTextDocument, position: int, is_code: Callable[[int], bool]) -> Iterable[int]:
    """The places of a bracket beside the cursor and of its partner; the bracket alone where it has none."""
    text = BEYOND.sub("  ", document.toPlainText())  # Qt counts such a character as two places
    for at in (position - 1, position):
        if 0 <= at < len(text) and text[at] in "()[]{}" and is_code(at):
            partner = _partner(text, at, is_code)
            return (at,) if partner is None else (at, partner)
    return ()


def _partner(text: str, at: int, is_code: Callable[[int], bool]) -> int | None:
    opens = text[at] in PAIRS
    way, depth = (1, []) if opens else (-1, [])
    closing = {close: open_ for open_, close in PAIRS.items()}
    inwards, outwards = (PAIRS, closing) if opens else (closing, PAIRS)
    place = at
    while 0 <= place < len(text):
        letter = text[place]
        if letter in "()[]{}" and is_code(place):
            if letter in inwards:
                depth.append(inwards[letter])
            elif letter in outwards:
                if not depth or depth.pop() != letter:
                    return None
                if not depth:
                    return place
        place += way
    return None
