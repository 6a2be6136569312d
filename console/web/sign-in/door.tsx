/** The frame both pages before the console stand in. */
import { switchLanguage, useWords } from '../i18n/language.ts';
import { SignMark } from '../look/marks.tsx';
import './sign-in.css';

export function Door({ title, children }: { title: string; children: React.ReactNode }) {
  const words = useWords();
  return (
    <main className="door">
      <section className="door-card" aria-labelledby="door-title">
        <header className="door-head">
          <span className="brand-mark">
            <SignMark sign="shield" size={26} />
          </span>
          <div>
            <p className="door-product">{words.product}</p>
            <p className="faint">{words.productLine}</p>
          </div>
          <button type="button" className="button plain small door-language" onClick={switchLanguage} title={words.otherLanguageHint}>
            {words.otherLanguage}
          </button>
        </header>
        <h1 id="door-title">{title}</h1>
        {children}
      </section>
      <p className="door-foot faint">{words.signIn.privacy}</p>
    </main>
  );
}
