import type { FacetsQuery } from '../api/generated';
import { has } from '../model/query';
import { spoken } from '../model/state';
import { visible } from '../model/text';
import { count } from '../model/time';

type Facets = FacetsQuery['messageFacets'];

const GROUPS: [key: string, name: string, of: (facets: Facets) => Facets['routes']][] = [
  ['outcome', 'Outcome', (facets) => facets.outcomes],
  ['integration', 'Integration', (facets) => facets.integrations],
  ['route', 'Route', (facets) => facets.routes],
  ['class', 'Error', (facets) => facets.errorClasses],
  ['node', 'Failed at', (facets) => facets.nodes],
];

/** As many of a kind as stay readable; the rest is a matter of typing. */
const MOST = 8;

type Props = {
  facets: Facets | undefined;
  /** All messages are counted, whatever the counters say. */
  isWhole: boolean;
  query: string;
  pick: (key: string, value: string) => void;
};

export function FacetList({ facets, isWhole, query, pick }: Props) {
  return (
    <nav aria-label="Narrow the search" className="mp-facets">
      {facets &&
        GROUPS.map(([key, name, of]) => {
          const all = of(facets).filter((one) => one.value !== '');
          if (all.length === 0) return null;
          return (
            <section key={key}>
              <h2 className="mp-h">{name}</h2>
              <ul>
                {all.slice(0, MOST).map((one) => (
                  <li key={one.value}>
                    <button
                      type="button"
                      aria-pressed={has(query, key, one.value)}
                      title={visible(one.value)}
                      onClick={() => pick(key, one.value)}
                    >
                      <span className="mp-facet">
                        {key === 'outcome' ? spoken(one.value) : visible(short(one.value))}
                      </span>
                      <span className="mp-quiet">{count(one.count)}</span>
                    </button>
                  </li>
                ))}
              </ul>
              {all.length > MOST && <p className="mp-quiet">and {all.length - MOST} more</p>}
            </section>
          );
        })}
      {facets && !facets.exact && !isWhole && <p className="mp-quiet">Counts are of the newest messages only.</p>}
    </nav>
  );
}

/** `java.lang.IllegalArgumentException` -> `IllegalArgumentException` */
function short(value: string): string {
  return /^[a-z][\w.]*\.([A-Z]\w*)$/.exec(value)?.[1] ?? value;
}
