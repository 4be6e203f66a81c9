// A chosen node of a diagram: what went through it, the messages that failed there, and where it is written.

import { Button } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useMay } from '../api/hooks';
import { nodeOf } from '../model/diagram/find';
import { counted, failsHere, type Shape, words } from '../model/diagram/tree';
import { term } from '../model/query';
import type { Sum } from '../model/sum';
import { decoded, visible } from '../model/text';
import { count, duration, share } from '../model/time';
import { takeFocus } from '../parts/focus';
import { Link } from '../parts/link';

type Props = {
  integration: string;
  shapes: Shape[];
  sums: Map<string, Sum & { meanUs?: number | null }>;
  box: string;
  close: () => void;
};

/** Gives the keyboard back to the box. */
function leave(box: string, close: () => void) {
  close();
  document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(box)}"]`)?.focus();
}

export function NodeFacts({ integration, shapes, sums, box, close }: Props) {
  const may = useMay();
  const found = nodeOf(shapes, box);
  if (!found) return null;
  const { shape, node } = found;
  const says = `${node.kind} ${visible(decoded(words(node)))}`.trim();
  const sum = sums.get(box);
  const came = sum ?? sums.get(counted(node).id);
  const place = `${term('integration', integration)} ${term('route', shape.name)}`;
  const facts: [string, ReactNode][] = [
    ['Messages', came ? count(came.count) : 'not counted here'],
    ...(sum
      ? ([
          ['Failed', sum.failed > 0 ? `${count(sum.failed)} (${share(sum.failed, sum.count)})` : '0'],
          ['Mean', duration(sum.meanUs)],
          ['95 % within', duration(sum.p95Us)],
        ] as [string, ReactNode][])
      : []),
  ];
  return (
    <section
      ref={takeFocus}
      tabIndex={-1}
      className="mp-node"
      aria-label={`About ${says}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // A large diagram around it stays.
        event.preventDefault();
        leave(box, close);
      }}
    >
      <strong className="mp-node-name">{says}</strong>
      <dl className="mp-brief-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt> <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {sum && sum.failed > 0 && (
        <Link
          to="/messages"
          parameters={{ q: failsHere(node) ? `${place} ${term('node', node.node)}` : `${place} outcome:failed` }}
        >
          {failsHere(node) ? 'Failed messages' : `Failed messages of ${visible(shape.name)}`}
        </Link>
      )}
      {node.line > 0 && may('release:read') && (
        <Link to={`/integrations/${encodeURIComponent(integration)}`} parameters={{ tab: 'source', node: box }}>
          Line {node.line} of the source
        </Link>
      )}
      <Button variant="link" size="sm" isInline onClick={() => leave(box, close)}>
        Close
      </Button>
    </section>
  );
}
