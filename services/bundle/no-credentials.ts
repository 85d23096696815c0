/**
 * Stands in a bundle for the AWS SDK's credential sources that a Lambda function never comes to: it finds its
 * credentials in its environment, which the SDK asks first. Without profiles, SSO, web identity and
 * credential processes a bundle is 115 kB smaller, and has no code that starts another program.
 */
function notHere(): () => Promise<never> {
  return async () => {
    throw Object.assign(new Error("a rotation function takes its credentials from its environment only"), {
      tryNextLink: true, // the SDK's own word for: ask the next source
    });
  };
}

export { notHere as fromIni, notHere as fromProcess, notHere as fromSSO, notHere as fromTokenFile };
