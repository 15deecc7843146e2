<?php
// What plugins do on many sites: hide pages from the menu, close the site with a page of their own, want a login.
if (state() === 'hidden') {
    add_filter('get_pages', fn($pages) => array_values(array_filter(
        $pages, fn($page) => !in_array($page->post_name, ['hoi-dap', 'cong-khai-ngan-sach', 'tiep-can-thong-tin'])
    )));
}
add_action('template_redirect', function () {
    if (state() === 'soon') {
        echo '<!doctype html><html><head><title>Sở Tài chính tỉnh Cà Mau</title></head><body><h1>Hẹn sớm gặp lại</h1>',
             '<p>Trang thông tin đang khoác áo mới. Mời bạn đọc trở lại vào đầu quý sau.</p></body></html>';
        exit;
    }
    if (state() === 'login' && !is_user_logged_in()) auth_redirect();
});
// The installation has one name for its mail; a host shows its own.
ob_start(fn($text) => str_replace('@mien.gov.test', '@' . ($_SERVER['HTTP_HOST'] ?? ''), $text));
