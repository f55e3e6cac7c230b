import { releaseNotes as texts } from '../../strings/release-notes.ts';
import { Section } from '../../ui/Section.tsx';
import css from './ReleaseNotes.module.css';

/** What each version brought, the newest first. */
export function ReleaseNotes({ title }: { readonly title: string }) {
  return (
    <Section title={title}>
      {texts.releases.map(({ version, news, limits }) => (
        <div key={version} className={css['release']}>
          <h3>{version}</h3>
          <ul>
            {news.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <h4>{texts.limits}</h4>
          <ul>
            {limits.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      ))}
    </Section>
  );
}
