# What a recipe takes from an OpenWrt tree before it names itself. Ours, not OpenWrt's: as much as one recipe of
# plain files needs, so that GNU make reads the recipe and runs its install lines without an SDK.

INCLUDE_DIR:=$(TOPDIR)/include
BUILD_DIR:=$(OUT)/build

INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_DATA:=install -m0644
INSTALL_CONF:=install -m0600
CP:=cp -fpR
SED:=sed -i -e
