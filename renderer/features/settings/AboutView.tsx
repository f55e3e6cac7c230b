import { Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { CONTRACT_VERSION } from '../../../runtime/contract/contract.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { showToast } from '../../data/toasts.ts';
import { readAbout, type AboutPage } from '../../platform/about.ts';
import { copyText } from '../../platform/host.ts';
import { about as texts } from '../../strings/about.ts';
import { release } from '../../strings/release.ts';
import { Button } from '../../ui/Button.tsx';
import { Logo } from '../../ui/Logo.tsx';
import { Page } from '../../ui/Page.tsx';
import { Facts, Section } from '../../ui/Section.tsx';
import { engineFacts } from '../engine/engine-facts.ts';
import { BackButton } from '../lists/Detail.tsx';
import css from './AboutView.module.css';
import { ReleaseNotes } from './ReleaseNotes.tsx';

/** Versions of everything that takes part, and whose work is in it. */
export default function AboutView() {
  const info = useEngine((state) => state.info);
  const [page, setPage] = useState<AboutPage | null>(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    drop(
      readAbout().then(setPage, () => {
        setMissing(true);
      }),
    );
  }, []);
  const app: (readonly [string, string])[] = [
    [texts.version, page?.version ?? ''],
    [texts.licence, 'Apache-2.0'],
    [texts.contract, String(CONTRACT_VERSION)],
    [texts.browser, /(?:Chrome|Electron|Firefox)\/[\d.]+/.exec(navigator.userAgent)?.[0].replace('/', ' ') ?? ''],
  ];
  const engine: (readonly [string, string])[] =
    info === null
      ? []
      : [...engineFacts(info), [texts.system, `${info.os}, ${info.arch}`], [texts.storage, info.storageDriver]];
  const copy = () => {
    const lines = [['Berth', ''], ...app, ['', ''], [texts.engine, ''], ...engine];
    drop(
      copyText(lines.map(([name, value]) => `${name}${value === '' ? '' : `: ${value}`}`).join('\n')).then(() => {
        showToast({ tone: 'good', title: texts.copied, lifetimeMs: 2500 });
      }),
    );
  };
  return (
    <Page
      title={texts.title}
      before={<BackButton label={texts.back} to="/settings" />}
      actions={
        <Button icon={<Copy size={15} />} onClick={copy}>
          {texts.copy}
        </Button>
      }
    >
      <div className={css['about']}>
        <div className={css['columns']}>
          <Section title={texts.app} tools={<Logo size={26} />}>
            <Facts facts={app} />
          </Section>
          <Section title={texts.engine}>
            {info === null ? <p className={css['dim']}>{texts.noEngine}</p> : <Facts facts={engine} />}
          </Section>
        </div>
        <ReleaseNotes title={release.whatIsNew} />
        <Section title={texts.access}>
          {texts.accessText.map((paragraph) => (
            <p key={paragraph} className={css['text']}>
              {paragraph}
            </p>
          ))}
        </Section>
        <Section title={texts.packages}>
          {page === null ? (
            <p className={css['dim']}>{missing ? texts.noList : ''}</p>
          ) : (
            <>
              <p className={css['dim']}>{texts.packagesText(page.packages.length)}</p>
              <ul className={css['packages']}>
                {page.packages.map((one) => (
                  <li key={one.name}>
                    <details>
                      <summary>
                        <span className={css['name']}>{one.name}</span>
                        <span className={css['dim']}>{one.version}</span>
                        <span className={css['licence']}>{one.licence}</span>
                      </summary>
                      {one.text === '' ? <p className={css['dim']}>{texts.noText}</p> : <pre>{one.text}</pre>}
                    </details>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Section>
      </div>
    </Page>
  );
}
