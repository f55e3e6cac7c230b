<?php
// Writes a post with every visit and tells how many there are.
$database = new PDO(
  'mysql:host=mariadb;dbname=' . getenv('MARIADB_DATABASE'),
  getenv('MARIADB_USER'),
  trim(file_get_contents('/run/secrets/mariadb')),
);
$database->exec('CREATE TABLE IF NOT EXISTS posts (id INT PRIMARY KEY AUTO_INCREMENT, text TEXT)');
$database->exec("INSERT INTO posts (text) VALUES ('written')");
echo 'posts: ', $database->query('SELECT count(*) FROM posts')->fetchColumn();
