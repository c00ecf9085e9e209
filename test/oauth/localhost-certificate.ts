// A self-signed certificate for localhost with its key, for tests of TLS verification only; valid for a century.

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUcmhczvs0IDH/KXrZ7RSEnFKBRuYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA0MjIyNloYDzIxMjYxMDMw
MDQyMjI2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARCzRdiv5wJl/0eip8goIMxfVBgMoK7JuEGqfnXaFgob2WFhkwtGAjG
9ApGKZzRqg6mPEHTNLkbmJ3e0HNb+HQ5o2kwZzAdBgNVHQ4EFgQUmbSbZ81J7kis
obIdOurFrUsg1nMwHwYDVR0jBBgwFoAUmbSbZ81J7kisobIdOurFrUsg1nMwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIgQbwnSEc9lGofU8fuGFWwaXdQ6dMk/4VPhW7anV5J9Y8CIQCZsyogfV46
9SV8WZ3yeSA+mguqrE3SpNTz4FvlCp+Q2A==
-----END CERTIFICATE-----
`

export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHg/zc5W1yE50BY/H
sdxzn5Aw8TzCHhTKj1ucFMzti5uhRANCAARCzRdiv5wJl/0eip8goIMxfVBgMoK7
JuEGqfnXaFgob2WFhkwtGAjG9ApGKZzRqg6mPEHTNLkbmJ3e0HNb+HQ5
-----END PRIVATE KEY-----
`
