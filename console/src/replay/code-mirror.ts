// CodeMirror as the console uses it, in a chunk of its own.
//
// It lives in a shadow root: there it hands its style sheets to the browser as objects, where in a document it would write
// style elements, which the content security policy forbids. Custom properties reach into it, so it has the console's colours.
// A body is bytes of somebody else: only `\n` ends a line, so that `\r\n` is given back as it came.

import { json } from '@codemirror/lang-json';
import { xml } from '@codemirror/lang-xml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, keymap, MatchDecorator, ViewPlugin } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import { MASK } from '../model/masks';

export type Language = 'json' | 'xml' | 'text';

// Who pastes or types the closing tag of an element would get it twice.
const LANGUAGES = { json: () => json(), xml: () => xml({ autoCloseTags: false }), text: () => [] };

const masked = Decoration.mark({ class: 'cm-mask' });
const decorator = new MatchDecorator({ regexp: MASK, decoration: masked });
const maskMarks = ViewPlugin.define<{ marks: DecorationSet; update: (update: never) => void }>(
  (view) => ({
    marks: decorator.createDeco(view),
    update(update) {
      this.marks = decorator.updateDeco(update, this.marks);
    },
  }),
  { decorations: (value) => value.marks },
);

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.tagName], color: 'light-dark(#00508f, #92c5f9)' },
  { tag: [tags.string, tags.attributeValue], color: 'light-dark(#2b5c12, #afdc8f)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'light-dark(#8a1c0e, #ffb2a3)' },
  { tag: tags.attributeName, color: 'light-dark(#63399e, #c8b3f0)' },
  { tag: [tags.comment, tags.processingInstruction], color: 'var(--mp-dim)' },
  { tag: tags.invalid, color: 'var(--mp-bad)' },
]);

const MARKED = 'light-dark(#d8e9fb, #24435f)';

const look = EditorView.theme({
  '&': { color: 'var(--mp-ink)', backgroundColor: 'var(--mp-paper)', fontSize: '12.5px', maxHeight: '28rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--pf-t--global--font--family--mono)', lineHeight: '1.5', minHeight: '9rem' },
  '.cm-content': { caretColor: 'var(--mp-ink)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--mp-ink)' },
  '.cm-gutters': { color: 'var(--mp-dim)', backgroundColor: 'var(--mp-floor)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'light-dark(#f2f2f280, #ffffff0d)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: MARKED,
  },
  '.cm-selectionMatch': { backgroundColor: MARKED },
  '.cm-matchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: MARKED },
  '.cm-mask': { backgroundColor: 'light-dark(#e8def8, #43305f)', borderRadius: '3px' },
  '.cm-panels': { color: 'var(--mp-ink)', backgroundColor: 'var(--mp-floor)' },
  '.cm-textfield, .cm-button': {
    color: 'var(--mp-ink)',
    backgroundColor: 'var(--mp-paper)',
    backgroundImage: 'none',
    border: '1px solid var(--mp-line)',
  },
  '.cm-tooltip': { color: 'var(--mp-ink)', backgroundColor: 'var(--mp-sheet)', border: '1px solid var(--mp-line)' },
  '.cm-foldPlaceholder': { color: 'var(--mp-dim)', backgroundColor: 'var(--mp-floor)', border: 'none' },
});

type Options = {
  text: string;
  language: Language;
  label: string;
  change: (text: string) => void;
  /** Ctrl-Enter. */
  run: () => void;
};

export type Editor = {
  setText: (text: string) => void;
  setLanguage: (language: Language) => void;
  close: () => void;
};

export function open(host: HTMLElement, { text, language, label, change, run }: Options): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const tongue = new Compartment();
  const runs = () => {
    run();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorState.lineSeparator.of('\n'),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: runs }])),
        basicSetup,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        tongue.of(LANGUAGES[language]()),
        syntaxHighlighting(colours),
        maskMarks,
        look,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) change(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(next) {
      const { doc } = view.state;
      if (doc.toString() !== next) view.dispatch({ changes: { from: 0, to: doc.length, insert: next } });
    },
    setLanguage: (next) => view.dispatch({ effects: tongue.reconfigure(LANGUAGES[next]()) }),
    close: () => view.destroy(),
  };
}
