import { Card, CardBody } from '@patternfly/react-core';
import { Link } from './link';

type Props = {
  name: string;
  value: string;
  about?: string;
  to?: string;
  parameters?: Record<string, string>;
  isBad?: boolean;
};

/** One number of a strip, leading to what it counts: a click anywhere on it does. */
export function Figure({ name, value, about, to, parameters, isBad = false }: Props) {
  const number = <span className={isBad ? 'mp-figure mp-bad' : 'mp-figure'}>{value}</span>;
  return (
    <Card isCompact className={to ? 'mp-tile' : ''}>
      <CardBody>
        <div className="mp-quiet">{name}</div>
        {to ? (
          <Link to={to} {...(parameters ? { parameters } : {})} className="mp-plain">
            {number}
          </Link>
        ) : (
          number
        )}{' '}
        {about && <span className="mp-quiet">{about}</span>}
      </CardBody>
    </Card>
  );
}
