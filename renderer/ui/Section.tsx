import { Fragment, type ReactNode } from 'react';
import css from './Section.module.css';

/** A card with a heading. */
export function Section({
  title,
  tools,
  children,
}: {
  readonly title: string;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={css['section']}>
      <header className={css['head']}>
        <h2>{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  );
}

/** A name and its value. */
export type Fact = readonly [name: ReactNode, value: ReactNode];

/** Names and values; those without a value are left out. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={css['facts']}>
      {facts
        .filter(([, value]) => value !== '' && value !== null)
        .map(([name, value], at) => (
          <div key={typeof name === 'string' ? name : at}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A name that goes on below after one of its parts, rather than within a word. */
function breakable(name: string): ReactNode {
  return name.split(/(?<=[./_-])/).map((part, at) => (
    <Fragment key={at}>
      {part}
      <wbr />
    </Fragment>
  ));
}

/** Names and values as code, for labels and options. */
export function Pairs({ pairs }: { readonly pairs: Readonly<Record<string, string>> }) {
  return (
    <table className={css['table']}>
      <tbody>
        {Object.entries(pairs).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <code>{breakable(name)}</code>
            </th>
            <td>
              <code>{value}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A section of names and values, or nothing where there are none. */
export function PairsSection({
  title,
  pairs,
}: {
  readonly title: string;
  readonly pairs: Readonly<Record<string, string>>;
}) {
  if (Object.keys(pairs).length === 0) return null;
  return (
    <Section title={title}>
      <Pairs pairs={pairs} />
    </Section>
  );
}
