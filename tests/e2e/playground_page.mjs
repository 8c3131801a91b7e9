// The playground as a visitor uses it; what it calls its parts is in web/playground/README.md.

export class PlaygroundPage {
  constructor(page) {
    this.page = page;
  }

  part(testId) {
    return this.page.getByTestId(testId);
  }

  async isUp() {
    await this.page.waitForSelector("[data-testid=server-state][data-state=up]");
  }

  // Calls `work`, and resolves when the server was away and is there again.
  async whileAway(work) {
    await this.page.evaluate(() => {
      const shown = document.querySelector("[data-testid=server-state]");
      globalThis.isBack = new Promise((resolve) => {
        let wasAway = false;
        new MutationObserver(() => {
          wasAway ||= shown.dataset.state !== "up";
          if (wasAway && shown.dataset.state === "up") resolve();
        }).observe(shown, { attributes: true });
      });
    });
    await work();
    await this.page.evaluate(() => globalThis.isBack);
  }

  state() {
    return this.part("server-state").innerText();
  }

  lines() {
    return this.page.$$eval("[data-testid=output-lines] .line", (all) =>
      all.map((line) => line.textContent.trimEnd()));
  }

  async waitForLine(text) {
    await this.page.waitForFunction((wanted) => {
      const all = document.querySelectorAll("[data-testid=output-lines] .line");
      return [...all].some((line) => line.textContent.includes(wanted));
    }, text);
  }

  async open(example) {
    await this.part(`example-${example}`).click();
  }

  async run() {
    await this.part("run").click();
  }

  // How a run ended: "finished", "failed" or "stopped".
  async outcome() {
    const state = await this.page.waitForFunction(() => {
      const text = document.querySelector("[data-testid=run-state]").textContent;
      return /^(finished|failed|stopped)/.exec(text)?.[0];
    });
    return state.jsonValue();
  }

  // What an example prints, that ends by itself.
  async printed(example) {
    await this.open(example);
    await this.run();
    const outcome = await this.outcome();
    return { outcome, lines: await this.lines() };
  }

  async write(code) {
    await this.part("editor").locator(".cm-content").click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(code);
  }

  code() {
    return this.page.$$eval("[data-testid=editor] .cm-line", (all) =>
      all.map((line) => line.textContent).join("\n"));
  }

  // Of the live view: messages, subjects, connections, streams or hand.
  async show(tab) {
    await this.part(`tab-${tab}`).click();
  }

  async waitForStream(name, figure) {
    await this.page.waitForFunction(([stream, wanted]) => {
      const shown = document.querySelector(`[data-testid=streams] [data-stream="${stream}"]`);
      return shown?.textContent.includes(wanted);
    }, [name, figure]);
  }

  async publish(subject, payload) {
    await this.show("hand");
    await this.part("publish-subject").fill(subject);
    await this.part("publish-payload").fill(payload);
    await this.part("publish").click();
  }

  async waitForMessage(text) {
    await this.page.waitForFunction((wanted) => {
      const all = document.querySelectorAll("[data-testid=message]");
      return [...all].some((message) => message.textContent.includes(wanted));
    }, text);
  }
}
