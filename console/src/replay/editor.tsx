import { useEffect, useRef } from 'react';
import { type Language, type Editor as Opened, open } from './code-mirror';

type Props = {
  text: string;
  language: Language;
  label: string;
  change: (text: string) => void;
  run: () => void;
};

/** An editor of text. Tab leaves it, as it leaves any field. */
export function Editor({ text, language, label, change, run }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Opened | null>(null);
  const latest = useRef({ text, language, change, run });
  latest.current = { text, language, change, run };
  useEffect(() => {
    if (!host.current) return;
    const opened = open(host.current, {
      text: latest.current.text,
      language: latest.current.language,
      label,
      change: (next) => latest.current.change(next),
      run: () => latest.current.run(),
    });
    editor.current = opened;
    return () => {
      opened.close();
      editor.current = null;
    };
  }, [label]);
  useEffect(() => {
    editor.current?.setText(text);
  }, [text]);
  useEffect(() => {
    editor.current?.setLanguage(language);
  }, [language]);
  return <div ref={host} className="mp-editor" />;
}
