// Two releases on the same route: what each took and how often each failed, over the times at which they ran.

import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { type DeploymentFragment, RouteHeatDocument, type RouteHeatQuery } from '../api/generated';
import { useApi } from '../api/hooks';
import { change, pairs } from '../model/compare';
import { type Period, periods } from '../model/periods';
import { title } from '../model/steps';
import { decoded, visible } from '../model/text';
import { absolute, count, duration, share } from '../model/time';
import { Loaded } from '../parts/loaded';
import { useNow } from '../parts/now';
import { useParameters } from '../shell/scope';

type Props = { integration: string; environment: string; route: string; deployments: DeploymentFragment[] };

export function Compare({ integration, environment, route, deployments }: Props) {
  const now = useNow(60_000);
  const [parameters, change] = useParameters();
  const all = periods(deployments, integration, environment, now);
  const of = (name: string, otherwise: Period | undefined) =>
    all.find((one) => one.id === parameters.get(name)) ?? otherwise;
  const [left, right] = [of('left', all[1]), of('right', all[0])];
  if (!left || !right) {
    return (
      <p className="mp-quiet">Only one release ran yet. After the next deployment both stand side by side here.</p>
    );
  }
  return (
    <>
      <div className="mp-search-bar mp-wrap">
        <Pick name="The release before" all={all} chosen={left} pick={(id) => change({ left: id })} />
        <span>against</span>
        <Pick name="The release after" all={all} chosen={right} pick={(id) => change({ right: id })} />
      </div>
      <Both of={{ integration, environment, route }} left={left} right={right} />
    </>
  );
}

type PickProps = { name: string; all: Period[]; chosen: Period; pick: (id: string) => void };

function Pick({ name, all, chosen, pick }: PickProps) {
  return (
    <FormSelect value={chosen.id} onChange={(_, id) => pick(id)} aria-label={name} className="mp-narrow">
      {all.map((one) => (
        <FormSelectOption
          key={one.id}
          value={one.id}
          label={visible(
            `${one.release.short} ${one.release.subject.slice(0, 40)}, ${absolute(one.from.toISOString())} to ${one.isNow ? 'now' : absolute(one.to.toISOString())}`,
          )}
        />
      ))}
    </FormSelect>
  );
}

type Of = { integration: string; environment: string; route: string };

function useHeat(of: Of, period: Period) {
  return useApi(RouteHeatDocument, { ...of, from: period.from.toISOString(), to: period.to.toISOString() });
}

function Both({ of, left, right }: { of: Of; left: Period; right: Period }) {
  const [before, after] = [useHeat(of, left), useHeat(of, right)];
  return (
    <Loaded query={before} what="the release before">
      {({ routeHeat: one }) => (
        <Loaded query={after} what="the release after">
          {({ routeHeat: other }) => (
            <Rows left={one} right={other} names={[left.release.short, right.release.short]} />
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

type Heat = RouteHeatQuery['routeHeat'];

function Rows({ left, right, names }: { left: Heat; right: Heat; names: [string, string] }) {
  const rows = pairs(left, right);
  if (rows.length === 0) return <p className="mp-quiet">Nothing went through the route while they ran.</p>;
  const [a, b] = names;
  return (
    <table className="mp-steps" aria-label="Two releases">
      <thead>
        <tr>
          {['Node', `Messages ${a}`, `${b}`, `Failed ${a}`, `${b}`, `95 % within ${a}`, `${b}`, 'Change'].map(
            (name, at) => (
              <th key={at} scope="col">
                {name}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const isWorse = (row.right?.failed ?? 0) > 0 && (row.left?.failed ?? 0) === 0;
          return (
            <tr key={row.node ?? ''}>
              <td>
                {row.node === null ? (
                  <strong>The whole route</strong>
                ) : (
                  visible(decoded(title({ ...row, node: row.node })))
                )}
              </td>
              <td>{row.left ? count(row.left.count) : 'none'}</td>
              <td>{row.right ? count(row.right.count) : 'none'}</td>
              <td>{row.left ? share(row.left.failed, row.left.count) : ''}</td>
              <td className={isWorse ? 'mp-bad' : undefined}>
                {row.right ? share(row.right.failed, row.right.count) : ''}
              </td>
              <td className="mp-nowrap">{duration(row.left?.p95Us)}</td>
              <td className="mp-nowrap">{duration(row.right?.p95Us)}</td>
              <td className="mp-nowrap">{change(row.left?.p95Us, row.right?.p95Us)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
