/* Writes kernel images, one of each kind: make_kernels OUTPUT... */
#include "base/file.h"
#include "kernel_images.h"

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf elf = {0}, raw = {0};
	struct buf images[7] = {0};
	int err = 0;

	if (argc != 1 + ARRAY_SIZE(images))
		return 2;
	put_vmlinux(&elf, EM_X86_64, "kernel_int");
	put_raw_image(&raw, "kernel_int");
	for (size_t i = 0; i < ARRAY_SIZE(image_packings); i++)
		put_bzimage(&images[i], &image_packings[i], &elf);
	put_zboot(&images[4], &image_packings[0], &raw);
	put_gzip(&images[5], &raw);
	put_s390(&images[6], &image_packings[1], "kernel_int");
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		err |= file_write(argv[1 + i], images[i].v, images[i].n);
		buf_free(&images[i]);
	}
	return err != 0;
}
