// What all pages share: the language, the address that holds their state, and how a failed request is told.
import { LitElement, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { api, Problem, Unreachable, type Lang, type Meta } from "./api";
import { foot, head, keepLanguage, languageOf, pageTitle, type PageName } from "./head";
import { tell } from "./desk_words";
import { knows, learn } from "./say";

export abstract class Page extends LitElement {
  static override properties: PropertyDeclarations = {
    meta: { state: true },
    problem: { state: true },
    lang: { state: true },
    busy: { state: true },
  };
  declare meta: Meta | undefined;
  declare problem: Problem | undefined;
  declare lang: Lang;
  declare busy: boolean;
  protected address = new URLSearchParams(location.hash.slice(1));
  protected abstract readonly page: PageName;

  constructor() {
    super();
    this.busy = true;
    this.lang = languageOf(this.address);
  }

  /** Fetch what the page shows in its language; called at the start and when the address or the language changes. */
  protected abstract load(): Promise<void>;

  // The page is one document: its styles come from one sheet, as the content policy wants.
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override async connectedCallback(): Promise<void> {
    super.connectedCallback();
    addEventListener("hashchange", () => {
      this.address = new URLSearchParams(location.hash.slice(1));
      void this.guard(() => this.show(languageOf(this.address)));
    });
    await this.guard(async () => {
      const [meta] = await Promise.all([api.meta(), learn(this.lang)]);
      this.meta = meta;
      await this.show(this.lang);
    });
  }

  /** Nothing is drawn before its words are here. */
  protected override shouldUpdate(): boolean {
    return knows(this.lang);
  }

  private async show(lang: Lang): Promise<void> {
    await learn(lang);
    this.lang = lang;
    document.documentElement.lang = this.lang;
    document.title = pageTitle(this.lang, this.page);
    await this.load();
  }

  protected headHere(): TemplateResult {
    return head(this.lang, this.page, this.meta, (one) => this.speak(one));
  }

  protected footHere(): TemplateResult {
    return foot(this.lang, this.page, this.meta);
  }

  /** The notice that goes with fictional data, on pages that show some. */
  noticeHere(): TemplateResult | typeof nothing {
    return this.meta?.notice ? html`<p class="notice" role="note">${this.meta.notice[this.lang]}</p>` : nothing;
  }

  /** What went wrong, told where it can be read. */
  problemHere(): TemplateResult | typeof nothing {
    const { problem } = this;
    if (!problem) return nothing;
    const again = (): void => void this.guard(() => this.show(this.lang));
    return html`<p class="problem" role="alert">
      ${problem instanceof Unreachable ? tell(this.lang, "unreachable") : problem.detail} ${problem.remedy ?? ""}
      <button id="again" @click=${again}>${tell(this.lang, "again")}</button>
    </p>`;
  }

  async guard(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      this.problem = undefined;
      await work();
    } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(String(error), null);
    }
    this.busy = false;
  }

  set(values: Record<string, string | null>): void {
    for (const [key, value] of Object.entries(values))
      if (value === null || value === "") this.address.delete(key);
      else this.address.set(key, value);
    history.replaceState(null, "", `#${this.address}`);
    this.requestUpdate();
  }

  at(key: string): string {
    return this.address.get(key) ?? "";
  }

  speak(lang: Lang): void {
    keepLanguage(lang);
    this.set({ lang });
    void this.guard(() => this.show(lang));
  }
}
