<?php
// What a department publishes: pages, news, questions with answers, documents. Run once per site after the installer.
require $argv[1] . '/wp-load.php';
update_option('permalink_structure', '/%postname%/');
update_option('blogdescription', 'Trang thông tin điện tử');
update_option('date_format', 'd/m/Y');
flush_rewrite_rules();
kses_remove_filters();  // an editor may publish forms

function day($ago) { return date('d/m/Y', strtotime("-$ago days")); }
function publish($type, $name, $title, $html, $ago = 200) {
    $id = wp_insert_post(['post_type' => $type, 'post_name' => $name, 'post_title' => $title, 'post_status' => 'publish',
        'post_content' => "<!-- wp:html -->$html<!-- /wp:html -->", 'comment_status' => 'closed',
        'post_date' => date('Y-m-d H:i:s', strtotime("-$ago days"))]);
    if (!$id) exit(1);
}

wp_delete_post(1, true);
wp_delete_post(2, true);
$form = '<form method="post" action="/gui/"><p><label>Họ và tên <input name="ho-ten"></label></p><p><label>Thư điện tử '
    . '<input name="email" type="email"></label></p><p><label>Nội dung <textarea name="noi-dung"></textarea></label></p>'
    . '<p><button>Gửi</button></p></form>';
publish('page', 'gioi-thieu', 'Giới thiệu', '<p>Sở Tài chính tham mưu, giúp Ủy ban nhân dân tỉnh quản lý nhà nước về tài chính, '
    . 'ngân sách, giá và tài sản công. Sở có tám phòng chuyên môn.</p>');
publish('page', 'lien-he', 'Liên hệ', '<p>Địa chỉ: số 9 đường Lý Bôn. Điện thoại: 0290 3831 555.</p>'
    . '<p>Thư điện tử: <a href="mailto:sotaichinh@mien.gov.test">sotaichinh@mien.gov.test</a></p>' . $form);
$news = ['Họp giao ban tháng', 'Tập huấn quản lý tài sản công', 'Kiểm tra giá dịp lễ', 'Thông báo nghỉ lễ',
    'Hội thao công chức ngành', 'Tiếp nhận bàn giao trụ sở', 'Khai giảng lớp kế toán trưởng', 'Ra quân vệ sinh cơ quan'];
foreach ($news as $n => $title)
    publish('post', '', $title, "<p>$title diễn ra tại hội trường sở với sự tham dự của đông đảo công chức, viên chức. "
        . 'Nội dung số ' . ($n + 1) . ' của chương trình công tác quý.</p>', 3 + 5 * $n);
if (getenv('SITE') === 'little') exit(0);

$answered = [['Hồ sơ quyết toán dự án hoàn thành nộp tại đâu?', 'Hồ sơ nộp tại bộ phận một cửa của sở, trong giờ hành chính.', 40, 33],
    ['Đơn vị sự nghiệp có được trích lập quỹ khen thưởng không?', 'Được, theo quy chế chi tiêu nội bộ của đơn vị.', 75, 70],
    ['Giá đất năm nay áp dụng bảng giá nào?', 'Áp dụng bảng giá do Ủy ban nhân dân tỉnh ban hành từ đầu năm.', 120, 111]];
$html = '';
foreach ($answered as [$question, $answer, $asked, $replied])
    $html .= "<div class='cau'><p><strong>Câu hỏi:</strong> $question</p><p>Ngày hỏi: " . day($asked) . '</p><p><strong>Trả lời:'
        . "</strong> $answer</p><p>Ngày trả lời: " . day($replied) . '</p></div>';
$html .= "<div class='cau'><p><strong>Câu hỏi:</strong> Bao giờ công bố dự toán năm sau?</p><p>Ngày hỏi: " . day(9) . '</p>'
    . '<p>Chưa trả lời</p></div>';
publish('page', 'hoi-dap', 'Hỏi đáp', $html . '<h3>Gửi câu hỏi</h3>' . str_replace('Nội dung', 'Nội dung câu hỏi', $form));
publish('page', 'cong-khai-ngan-sach', 'Công khai ngân sách', '<ul>'
    . '<li><a href="/tai-lieu/du-toan-2025.pdf">Dự toán ngân sách địa phương năm 2025 đã được Hội đồng nhân dân quyết định</a></li>'
    . '<li><a href="/tai-lieu/quy-1-2025.pdf">Tình hình thực hiện dự toán ngân sách tỉnh quý I năm 2025</a></li>'
    . '<li><a href="/tai-lieu/quyet-toan-2023.pdf">Quyết toán ngân sách địa phương năm 2023</a></li></ul>');
publish('page', 'tiep-can-thong-tin', 'Tiếp cận thông tin', '<p><a href="/tai-lieu/quy-1-2025.pdf">Quyết định số 77/QĐ-STC ngày '
    . '02/04/2024 ban hành Quy chế cung cấp thông tin cho công dân theo Luật Tiếp cận thông tin</a></p>'
    . '<p>Đầu mối cung cấp thông tin: Văn phòng Sở, điện thoại 0290 3831 556.</p>');
