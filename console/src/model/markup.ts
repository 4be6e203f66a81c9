// Where a text that should be XML is none, as the editor's own parser reads it: the same words in every browser.

import { xmlLanguage } from '@codemirror/lang-xml';

type Wrong = { at: number; what?: string };

/** Undefined: it is well-formed, as far as that shows without its document type. */
export function xmlProblem(text: string): string | undefined {
  const wrong = firstWrong(text);
  if (!wrong) return undefined;
  const before = text.slice(0, wrong.at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  return `It is not well-formed XML: ${place}${wrong.what ? `, ${wrong.what}` : ''}.`;
}

function firstWrong(text: string): Wrong | undefined {
  const tree = xmlLanguage.parser.parse(text);
  let found: Wrong | undefined;
  tree.iterate({
    enter({ type, from, node }) {
      if (found) return false;
      if (type.isError) found = { at: from };
      if (type.name === 'MismatchedCloseTag') found = { at: from, what: `${text.slice(from, node.to)} closes nothing` };
      if (type.name === 'MissingCloseTag') found = unclosed(text, node.parent?.from ?? from);
      return !found;
    },
  });
  return found ?? outside(text, tree.topNode);
}

function unclosed(text: string, at: number): Wrong {
  const name = /^<[^\s/>]+/.exec(text.slice(at))?.[0] ?? '<';
  return { at, what: `${name}> is not closed` };
}

/** One element holds everything; nothing but white space stands around it. */
function outside(text: string, top: ReturnType<typeof xmlLanguage.parser.parse>['topNode']): Wrong | undefined {
  const second = top.getChildren('Element')[1];
  const stray = top.getChildren('Text').find(({ from, to }) => text.slice(from, to).trim());
  const first = [second, stray].flatMap((one) => one?.from ?? []).sort((a, b) => a - b)[0];
  return first === undefined ? undefined : { at: first, what: 'this stands outside the outermost element' };
}
