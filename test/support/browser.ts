// A browser without pages: what it does with cookies and redirects of the development authorization server.

/** Follows redirects on the server itself, cookies in hand, as a browser does. */
export class Browser {
  readonly #cookies = new Map<string, string>()

  async go(url: URL, init: RequestInit = {}): Promise<{ url: URL; answer: Response | undefined }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { cookie, origin: url.origin },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) return { url, answer }
    const next = new URL(location, url)
    return next.origin === url.origin ? this.go(next) : { url: next, answer: undefined }
  }
}

/** A person who types `userCode` in at `url`, and says yes (RFC 8628 §3.3). */
export async function confirmDevice(url: URL, userCode: string): Promise<void> {
  const browser = new Browser()
  const { answer } = await browser.go(url)
  const page = (await answer?.text()) ?? ''
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(page)?.[1] ?? ''
  const post = async (form: Record<string, string>) =>
    browser.go(url, {
      method: 'POST',
      body: new URLSearchParams({ xsrf, user_code: userCode, ...form }),
    })
  await post({})
  await post({ confirm: 'yes' })
}
