// Texts of errors that say the same but for ids and numbers: `no price for sku `TEA-10`` and `no price for sku `MUG-1``.
// The server counts them as one kind: a word that holds a digit may be another one in every message.

const LEFT_OPEN = '…';

/** What stands in quotation marks of any kind, else a word. An apostrophe within a word quotes nothing. */
const PARTS = /`[^`\n]*`|"[^"\n]*"|(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])|[\p{L}\p{N}_-]+/gu;

/** Long enough for an id or a number of something; `404`, `UTF-8` and `127` say what happened. */
const isId = (word: string) => word.length >= 4 && /\d.*\d/.test(word);

/** The text with what may differ from message to message left open. */
export function general(text: string): string {
  return text.replace(PARTS, (part) => {
    const first = part.charAt(0);
    if (`\`"'`.includes(first)) return /\d/.test(part) ? `${first}${LEFT_OPEN}${first}` : part;
    return isId(part) ? LEFT_OPEN : part;
  });
}

/** Words at the odd places, what is between them at the even ones. */
const words = (text: string) => text.split(/([\p{L}\p{N}_-]+|…)/u);

const mayDiffer = (word: string) => word === LEFT_OPEN || (/\d/.test(word) && !/^\d{3}$/.test(word));

/** What both say, with the words in which they differ left open; undefined when they differ in more than ids and numbers. */
export function common(one: string, other: string): string | undefined {
  const [left, right] = [words(one), words(other)];
  if (left.length !== right.length) return undefined;
  const out: string[] = [];
  for (const [at, word] of left.entries()) {
    const beside = right[at] ?? '';
    if (word === beside) out.push(word);
    else if (mayDiffer(word) && mayDiffer(beside)) out.push(LEFT_OPEN);
    else return undefined;
  }
  return out.join('');
}
