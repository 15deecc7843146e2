"""What a page may hold to break its reader: values of attributes, and a page with a place for one everywhere."""

VALUES = (
    "", "#", "/", "//", "http://", "http://[::1", "http://[x]/", "http://camau.gov.test:99999/", "http://a:b/", "http://％/",
    "javascript:__doPostBack('a','b')", "javascript:location.href='http://[", "mailto:", "mailto:stc@camau.gov.test?x",
    "mailto:%zz@%", "?page=99999999999999999999", "0;url=http://[::1", "0;url='", "refresh", "hoi-dap", "menu footer",
    "display:none", "543931243937", "5", "zz", "/cdn-cgi/l/email-protection#54", "https://www.facebook.com/%", "\x00",
    "https://facebook.com/plugins/page.php?href=http%3A%2F%2F%5B", "https://zalo.me/", "https://youtube.com/channel/",
    "tel:0290", "data:text/html,<a>", "email", "textarea", "cong-khai-ngan-sach", "tiep-can-thong-tin", "a" * 3000,
)  # fmt: skip

# A page on which every detector has something to read, with one address in every place where one may stand.
SCAFFOLD = """<html><head><title>Hỏi đáp</title><base href="{0}"><meta http-equiv="refresh" content="0;url={0}">
<link rel="next" href="{0}"></head><body><nav><a href="{0}">Hỏi đáp</a><a href="{0}">Sở, ban, ngành</a>
<a href="{0}">Sở Tài chính</a><a href="{0}">Công khai ngân sách</a><a href="{0}">Tiếp cận thông tin</a></nav>
<h1>Hỏi đáp</h1><form action="{0}" method="post"><label>Email <input name="email"></label>
<label>Nội dung câu hỏi <textarea name="noidung"></textarea></label>
<button onclick="location.href='{0}'">Gửi</button></form>
<table><tr><th>Câu hỏi</th><th>Ngày trả lời</th></tr>
<tr><td><a href="{0}">Thủ tục số 1 ở đâu vậy ạ?</a></td><td>01/02/2020</td></tr></table>
<p>Quyết định số 12/QĐ-UBND ban hành Quy chế cung cấp thông tin <a href="{0}">tải về</a></p>
<a href="{0}">Dự toán ngân sách năm 2020</a><iframe src="{0}"></iframe><a href="{0}"><img alt="Facebook"></a>
<ul class="pagination"><li><a href="{0}">1</a></li><li><a href="{0}?page=2">2</a></li></ul>
<select><option value="{0}">Sở Tài chính</option></select><a data-cfemail="{0}">thư</a></body></html>"""
