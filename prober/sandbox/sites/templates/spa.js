(function(){var root=document.getElementById('root');
function show(page){document.title=page.title;root.innerHTML=page.html;root.setAttribute('data-ready','1');window.scrollTo(0,0);}
function load(target,push){root.setAttribute('data-ready','0');
fetch('/api/v1/page?path='+encodeURIComponent(target),{headers:{Accept:'application/json'}}).then(function(r){return r.json()}).then(function(page){if(push)history.pushState({},'',target);show(page);}).catch(function(){root.textContent='Không tải được dữ liệu.';});}
document.addEventListener('click',function(e){var a=e.target.closest?e.target.closest('a'):null;if(!a||a.target||a.origin!==location.origin||/\.(pdf|xml)$/.test(a.pathname)||a.getAttribute('href').charAt(0)==='#')return;e.preventDefault();load(a.pathname+a.search,true);});
window.addEventListener('popstate',function(){load(location.pathname+location.search,false);});
root.innerHTML='<p>Đang tải…</p>';load(location.pathname+location.search,false);})();
