// The line that is searched with. What may stand at the cursor comes from the server, with the organization's own names.

import {
  FormHelperText,
  HelperText,
  HelperTextItem,
  Menu,
  MenuContent,
  MenuItem,
  MenuList,
  Popper,
  SearchInput,
} from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import { request } from '../api/client';
import { CompleteQueryDocument, type CompleteQueryQuery } from '../api/generated';
import { offered } from '../model/query';
import { MENU_ITEM } from '../parts/focus';

type Suggestions = CompleteQueryQuery['completeQuery'];
type Props = { value: string; submit: (query: string) => void; error: string | undefined };

/** Nobody types faster than this for long, and the server is asked once for each stop. */
const WAIT_MS = 120;

export function QueryBox({ value, submit, error }: Props) {
  const [text, setText] = useState(value);
  const [found, setFound] = useState<Suggestions>();
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const close = () => {
    setFound(undefined);
    setAt(-1);
  };
  const complete = (query: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(async () => {
      const cursor = input.current?.selectionStart ?? query.length;
      try {
        const { completeQuery } = await request(CompleteQueryDocument, { query, cursor });
        if (document.activeElement === input.current)
          setFound(
            completeQuery.suggestions.length > 0
              ? { ...completeQuery, suggestions: offered(completeQuery.suggestions) }
              : undefined,
          );
        setAt(-1);
      } catch {
        close(); // a search that cannot be completed can still be run
      }
    }, WAIT_MS);
  };
  const take = (suggestion: string) => {
    const cursor = input.current?.selectionStart ?? text.length;
    const begin = text.slice(0, found?.at ?? cursor) + suggestion;
    const isKey = suggestion.endsWith(':');
    const next = `${begin}${isKey ? '' : ' '}${text.slice(cursor).trimStart()}`;
    setText(next);
    close();
    requestAnimationFrame(() => {
      input.current?.focus();
      const place = begin.length + (isKey ? 0 : 1);
      input.current?.setSelectionRange(place, place);
    });
    if (isKey) complete(next);
    else submit(next.trim());
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const last = (found?.suggestions.length ?? 0) - 1;
    if (event.key === 'ArrowDown' && found) setAt(Math.min(last, at + 1));
    else if (event.key === 'ArrowUp' && found) setAt(Math.max(-1, at - 1));
    else if (event.key === 'ArrowDown') complete(text);
    else if ((event.key === 'Enter' || event.key === 'Tab') && found?.suggestions[at]) take(found.suggestions[at].text);
    else if (event.key === 'Enter') {
      clearTimeout(timer.current);
      close();
      submit(text.trim());
    } else if (event.key === 'Escape' && found) close();
    else return;
    event.preventDefault();
  };

  const line = (
    <div ref={box} onKeyDown={onKeyDown} role="presentation">
      <SearchInput
        ref={input}
        value={text}
        aria-label="Search messages"
        placeholder="outcome:failed route:orders-* dur>2s orderId:A-17, or any id"
        onChange={(_, next) => {
          setText(next);
          complete(next);
        }}
        onFocus={() => complete(text)}
        onBlur={() => setTimeout(close, 150)}
        onClear={() => {
          setText('');
          close();
          submit('');
        }}
      />
    </div>
  );
  const list = (
    <Menu ref={menu} isScrollable aria-label="What may stand here">
      <MenuContent maxMenuHeight="18rem">
        <MenuList tabIndex={-1}>
          {(found?.suggestions ?? []).map((one, index) => (
            <MenuItem
              key={one.text}
              component={MENU_ITEM}
              isFocused={index === at}
              {...(one.explains ? { description: one.explains } : {})}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(one.text)}
            >
              {one.text}
            </MenuItem>
          ))}
        </MenuList>
      </MenuContent>
    </Menu>
  );
  return (
    <>
      <Popper
        trigger={line}
        triggerRef={box}
        popper={list}
        popperRef={menu}
        isVisible={found !== undefined}
        appendTo="inline"
      />
      {error && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem variant="error" className="mp-query-error">
              {error}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </>
  );
}
