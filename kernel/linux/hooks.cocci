// SPDX-License-Identifier: GPL-2.0-only
// Every touch of vkexec on existing arm64 code. Matches by structure, so that
// one patch serves stable trees with their backports; integrate.sh counts what
// it did.
@inc@
@@
 #include <linux/kexec.h>
+#include <linux/vkexec.h>

@state@
@@
 struct kimage_arch {
   void *dtb;
+  struct vkexec_state *vkexec;
   ...
 };

@loaders@
@@
 const struct kexec_file_ops * const kexec_file_loaders[] = {
+	&vkexec_uki_ops,
 	&kexec_image_ops,
 	...
 };

@postload@
identifier k;
@@
 int machine_kexec_post_load(struct kimage *k)
 {
 <...
-	return 0;
+	return vkexec_post_load(k);
 ...>
 }

@cleanup@
identifier k;
@@
 void machine_kexec_cleanup(struct kimage *k)
 {
+	vkexec_cleanup(k);
 	...
 }

@exec@
identifier k;
@@
 void machine_kexec(struct kimage *k)
 {
 	...
+	vkexec_pre_jump(k);
 	local_daif_mask();
 	...
 }
