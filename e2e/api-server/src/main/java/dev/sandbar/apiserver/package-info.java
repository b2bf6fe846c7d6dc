/**
 * A real Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager as
 * child processes, with a certificate authority and service account keys of its own.
 *
 * <p>It has no scheduler, no kubelet and no cluster network: objects are stored, validated,
 * authorized, signed for and collected as in any cluster, but no pod runs.
 *
 * <p>Everything goes with {@link dev.sandbar.apiserver.ApiServer#close()}. When the JVM that holds
 * it dies in another way, the kernel ends the processes, and the next start removes the files.
 */
@NullMarked
package dev.sandbar.apiserver;

import org.jspecify.annotations.NullMarked;
