{{- define "sandbar.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "sandbar.fullname" -}}
{{- $name := include "sandbar.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sandbar.selector" -}}
app.kubernetes.io/name: {{ include "sandbar.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "sandbar.labels" -}}
{{ include "sandbar.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "sandbar.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sandbar.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name must name an existing ServiceAccount when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "sandbar.image" -}}
{{- $repository := required "image.repository is missing: build the operator's image (packaging/image/build), push it to your registry, and name it there, for example --set image.repository=registry.example/sandbar-operator" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- /* Which namespaces this release watches; every one by a star. Other releases read it in the ClusterRoleBinding of certificates. */}}
{{- define "sandbar.watches" -}}
{{- default (list "*") .Values.watchNamespaces | join "," -}}
{{- end -}}

{{- /* The release that a found object belongs to, if that is not this one. */}}
{{- define "sandbar.owner" -}}
{{- $annotations := dig "metadata" "annotations" dict .found | default dict -}}
{{- $name := get $annotations "meta.helm.sh/release-name" -}}
{{- $space := get $annotations "meta.helm.sh/release-namespace" -}}
{{- if and $name (or (ne $name .root.Release.Name) (ne $space .root.Release.Namespace)) -}}
{{- printf "release %s in namespace %s" $name $space -}}
{{- end -}}
{{- end -}}

{{- /* Refuses what would end in two operators for one namespace, before Helm sends anything. There is another release only where there
       are the kinds already; without a cluster there are none. */}}
{{- define "sandbar.check" -}}
{{- if and (not .Values.clusterResources) (not .Values.watchNamespaces) -}}
{{- fail "clusterResources is false for a release beside another one, which has its own namespaces: name those of this release in watchNamespaces" -}}
{{- end -}}
{{- $kinds := .Capabilities.APIVersions.Has "sandbar.dev/v1alpha1" -}}
{{- if and $kinds .Values.clusterResources -}}
{{- $policy := lookup "admissionregistration.k8s.io/v1" "ValidatingAdmissionPolicy" "" "device-requests.sandbar.dev" -}}
{{- with include "sandbar.owner" (dict "found" $policy "root" .) -}}
{{- fail (printf "the admission policies and cluster-wide roles of Sandbar belong to the %s: install a release beside it with clusterResources=false, its own namespace and its own watchNamespaces" .) -}}
{{- end -}}
{{- end -}}
{{- if and $kinds .Values.rbac.create -}}
{{- $root := . -}}
{{- $name := include "sandbar.fullname" . -}}
{{- $own := splitList "," (include "sandbar.watches" .) -}}
{{- range (lookup "rbac.authorization.k8s.io/v1" "ClusterRoleBinding" "" "").items -}}
{{- $binding := . -}}
{{- $watches := get (default dict .metadata.annotations) "sandbar.dev/watches" -}}
{{- $other := include "sandbar.owner" (dict "found" . "root" $root) -}}
{{- if and $watches $other -}}
{{- if eq .metadata.name (printf "%s-certificates" $name) -}}
{{- fail (printf "the %s has the name %s: choose another name of the release, or set fullnameOverride" $other $name) -}}
{{- end -}}
{{- if eq (get .metadata.annotations "meta.helm.sh/release-namespace") $root.Release.Namespace -}}
{{- fail (printf "this namespace has the %s, and the Lease and the Secret of one operator: install this release in another namespace" $other) -}}
{{- end -}}
{{- range splitList "," $watches -}}
{{- if or (eq . "*") (has "*" $own) (has . $own) -}}
{{- fail (printf "the %s watches %s: a namespace has one operator, so name different ones in the watchNamespaces of each release" $other (ternary "all namespaces" $watches (eq . "*"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
