# BuildPackage for `footfall device build`: writes each field of a package to $(OUT)/NAME/FIELD, and makes a target
# NAME that runs its install lines into $(OUT)/NAME/root.

PKG_BUILD_DIR?=$(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)

FIELDS:=SECTION TITLE DEPENDS PROVIDES CONFLICTS URL PKGARCH USERID MAINTAINER
TEXTS:=description conffiles
UNKNOWN:=preinst postinst prerm postrm

define Package/Default
  SECTION:=opt
  CATEGORY:=
  TITLE:=
  DEPENDS:=
  PROVIDES:=
  CONFLICTS:=
  URL:=
  PKGARCH:=
  USERID:=
  MAINTAINER:=$(PKG_MAINTAINER)
endef

define BuildPackage
  $(eval $(call Package/Default))
  $(eval $(call Package/$(1)))
  $(foreach text,$(UNKNOWN),$(if $(value Package/$(1)/$(text)),$(error $(1) has a $(text); nothing here packs one)))
  $(shell mkdir -p $(OUT)/$(1)/root)
  $(file >$(OUT)/$(1)/VERSION,$(PKG_VERSION)-r$(PKG_RELEASE))
  $(file >$(OUT)/$(1)/LICENSE,$(PKG_LICENSE))
  $(foreach field,$(FIELDS),$(file >$(OUT)/$(1)/$(field),$($(field))))
  $(foreach text,$(TEXTS),$(if $(value Package/$(1)/$(text)),$(file >$(OUT)/$(1)/$(text),$(call Package/$(1)/$(text)))))

  .PHONY: $(1)
  $(1): prepare
	$(call Package/$(1)/install,$(OUT)/$(1)/root)
endef

.PHONY: prepare
prepare:
	$(INSTALL_DIR) $(PKG_BUILD_DIR)
	[ ! -d ./src ] || $(CP) ./src/. $(PKG_BUILD_DIR)
