var chiSoTruyCap=0;function dem(n){chiSoTruyCap++;try{var x=new XMLHttpRequest();x.open('GET','/thong-ke/dem?b='+n,true);x.send(null);}catch(e){}return true;}
function datTrangChu(){alert('Trình duyệt không hỗ trợ. Vui lòng đặt trang chủ trong phần cài đặt.');}
function kiemTra(f){var thieu=[],i,e;for(i=0;i<f.elements.length;i++){e=f.elements[i];if(/hoten|email|tieude|noidung|captcha/.test(e.name)&&!e.value.replace(/\s/g,''))thieu.push(e.name);}
if(thieu.length){alert('Vui lòng nhập đầy đủ các ô có dấu (*).');return false;}if(f.noidung&&f.noidung.value.length<10){alert('Nội dung quá ngắn.');return false;}return true;}
function coChu(cong){var b=document.body,s=parseInt(window.getComputedStyle(b).fontSize,10);b.style.fontSize=(s+cong)+'px';return false;}
function hienGio(){var d=new Date(),thu=['Chủ nhật','Thứ hai','Thứ ba','Thứ tư','Thứ năm','Thứ sáu','Thứ bảy'],o=document.getElementById('dong-ho');if(o)o.innerHTML=thu[d.getDay()]+', '+d.getDate()+'/'+(d.getMonth()+1)+'/'+d.getFullYear();setTimeout(hienGio,60000);}
function chuyenTab(nhom,so){var t=document.querySelectorAll('#'+nhom+' .tab-noi-dung'),i;for(i=0;i<t.length;i++)t[i].style.display=i===so?'block':'none';return false;}
function luuCookie(ten,giaTri,ngay){var d=new Date();d.setTime(d.getTime()+ngay*864e5);document.cookie=ten+'='+encodeURIComponent(giaTri)+';expires='+d.toUTCString()+';path=/';}
function docCookie(ten){var m=document.cookie.match('(^|;)\\s*'+ten+'\\s*=\\s*([^;]+)');return m?decodeURIComponent(m.pop()):'';}
function boDau(s){return s.normalize('NFD').replace(/[\u0300-\u036f]/g,'').replace(/đ/g,'d').replace(/Đ/g,'D');}
function goVietnamese(kieu){luuCookie('kieugo',kieu,365);var n=document.querySelectorAll('.kieu-go'),i;for(i=0;i<n.length;i++)n[i].className='kieu-go'+(n[i].getAttribute('data-kieu')===kieu?' dang-chon':'');}
function batMenu(){var m=document.querySelectorAll('.has-children>a'),i;for(i=0;i<m.length;i++)m[i].addEventListener('focus',function(){this.parentNode.className+=' mo';});}
function docBaiViet(){if(!('speechSynthesis' in window)){alert('Trình duyệt không hỗ trợ đọc văn bản.');return;}var n=document.querySelector('.noi-dung');if(n){var u=new SpeechSynthesisUtterance(n.textContent);u.lang='vi-VN';window.speechSynthesis.speak(u);}}
function inTrang(){var w=window.open('','in','width=800,height=600'),n=document.querySelector('.chi-tiet-tin');if(n){w.document.write('<title>Bản in</title>'+n.innerHTML);w.document.close();w.print();}}
function chayAnh(id,ms){var k=document.getElementById(id);if(!k)return;var a=k.getElementsByTagName('img'),i=0;setInterval(function(){if(!a.length)return;a[i].style.display='none';i=(i+1)%a.length;a[i].style.display='block';},ms);}
function xepHang(o,diem){var s=o.parentNode.children,i;for(i=0;i<s.length;i++)s[i].className=i<diem?'sao day':'sao';luuCookie('danhgia',diem,30);}
var _gaq=_gaq||[];_gaq.push(['_setAccount','UA-00000000-0']);_gaq.push(['_trackPageview']);
if(document.addEventListener)document.addEventListener('DOMContentLoaded',function(){hienGio();batMenu();chayAnh('slide-anh',5000);var k=docCookie('kieugo');if(k)goVietnamese(k);});
