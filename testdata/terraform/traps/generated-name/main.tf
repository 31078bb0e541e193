resource "random_pet" "locked" {}
resource "random_pet" "open" {}

resource "aws_backup_vault" "locked" {
  name = random_pet.locked.id
}

resource "aws_backup_vault_lock_configuration" "locked" {
  backup_vault_name  = aws_backup_vault.locked.name
  min_retention_days = 7
}

resource "aws_backup_vault" "open" {
  name = random_pet.open.id
}
