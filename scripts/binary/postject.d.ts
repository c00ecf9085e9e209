// The package has no types of its own.
declare module 'postject' {
  /** Adds `resource` to the executable `file`, in place. */
  export function inject(
    file: string,
    name: string,
    resource: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string },
  ): Promise<void>
}
